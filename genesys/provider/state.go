package provider

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/plugin"
)

// state is a resource's outputs: its inputs, corrected and completed by what Genesys Cloud has. What was secret stays so.
func (s spec) state(inputs resource.PropertyMap, observed values) resource.PropertyMap {
	out := inputs.Copy()
	delete(out, statusKey) // there it is the wish
	for name := range s.Outputs {
		value, ok := observed[name]
		switch key := resource.PropertyKey(name); {
		case ok && !same(plugin.PlainValue(out[key]), value):
			plugin.Replace(out, key, value)
		case !ok && !out.HasValue(key):
			out[key] = resource.NewProperty("")
		}
	}
	return out
}

// drifted is the inputs as a program would have to set them to get what Genesys Cloud has.
func (r *resourceType) drifted(inputs resource.PropertyMap, observed values) resource.PropertyMap {
	out := inputs.Copy()
	imported := len(inputs) == 0
	for name := range r.Inputs {
		key := resource.PropertyKey(name)
		value, told := observed[name]
		if !told || same(plugin.PlainValue(out[key]), value) || !imported && !inputs.HasValue(key) {
			continue
		}
		plugin.Replace(out, key, value)
	}
	status := r.intendedStatus(plugin.Plain(out))
	// What is switched off may say why it had failed before: nothing is wrong with it.
	if reported := observed.Text(statusKey); r.unhealthy(reported) && (status != any(api.Inactive) || reported != api.Failed) {
		status = reported
	}
	out[statusKey] = plugin.ToProperty(status)
	return out
}

// previewed is the outputs as far as they can be known before a create (old is nil) or an update.
func (s spec) previewed(inputs, old resource.PropertyMap, foretold values) resource.PropertyMap {
	out := inputs.Copy()
	delete(out, statusKey)
	for _, name := range s.computed() {
		key := resource.PropertyKey(name)
		if value, ok := foretold[name]; ok {
			out[key] = plugin.ToProperty(value)
		} else if was, ok := old[key]; ok && name != statusKey && name != "statusMessage" {
			out[key] = was
		} else {
			out[key] = plugin.ToProperty(unknown{})
		}
	}
	return out
}
