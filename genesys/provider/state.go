package provider

import "github.com/pulumi/pulumi/sdk/v3/go/common/resource"

// state is a resource's outputs: its inputs, corrected and completed by what Genesys Cloud has. What was secret stays so.
func (s spec) state(inputs resource.PropertyMap, observed values) resource.PropertyMap {
	out := inputs.Copy()
	delete(out, statusKey) // there it is the wish
	for name := range s.Outputs {
		value, ok := observed[name]
		switch key := resource.PropertyKey(name); {
		case ok && !same(plainValue(out[key]), value):
			replace(out, key, value)
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
		if !told || same(plainValue(out[key]), value) || !imported && !inputs.HasValue(key) {
			continue
		}
		replace(out, key, value)
	}
	status := r.intendedStatus(plain(out))
	if reported := observed.text(statusKey); r.unhealthy(reported) {
		status = reported
	}
	out[statusKey] = toProperty(status)
	return out
}

func replace(m resource.PropertyMap, key resource.PropertyKey, value any) {
	secret := m[key].IsSecret()
	m[key] = toProperty(value)
	if secret {
		m[key] = resource.MakeSecret(m[key])
	}
}

// previewed is the outputs as far as they can be known before a create (old is nil) or an update.
func (s spec) previewed(inputs, old resource.PropertyMap, foretold values) resource.PropertyMap {
	out := inputs.Copy()
	delete(out, statusKey)
	for _, name := range s.computed() {
		key := resource.PropertyKey(name)
		if value, ok := foretold[name]; ok {
			out[key] = toProperty(value)
		} else if was, ok := old[key]; ok && name != statusKey && name != "statusMessage" {
			out[key] = was
		} else {
			out[key] = toProperty(unknown{})
		}
	}
	return out
}
