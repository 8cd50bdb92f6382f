package awsprovider

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"cc-eventbridge/genesys/plugin"
)

// outputs is a resource's state: what the program asked for, corrected and completed by what AWS has.
func (r *resourceType) state(inputs resource.PropertyMap, observed args) resource.PropertyMap {
	out := inputs.Copy()
	for name, p := range r.inputs {
		key := resource.PropertyKey(name)
		if _, ok := out[key]; !ok && p.fallback != nil {
			out[key] = plugin.ToProperty(p.fallback)
		}
	}
	for name, value := range observed {
		key := resource.PropertyKey(name)
		p, isInput := r.inputs[name]
		if isInput && same(p, plugin.PlainValue(out[key]), value) && out.HasValue(key) {
			continue
		}
		plugin.Replace(out, key, value)
	}
	for name, p := range r.inputs {
		key := resource.PropertyKey(name)
		if v, ok := out[key]; ok && p.secret && !v.IsSecret() {
			out[key] = resource.MakeSecret(v)
		}
	}
	if r.taggable() {
		out["tagsAll"] = resource.NewProperty(resource.PropertyMap{})
		if tags, ok := out["tags"]; ok {
			out["tagsAll"] = tags
		}
	}
	return out
}

// drifted is the inputs as they would have to be written to get what AWS has. Where that means the same as what is
// written, or AWS does not tell, they stay as they are written.
func (r *resourceType) drifted(inputs resource.PropertyMap, observed args) resource.PropertyMap {
	out := inputs.Copy()
	imported := len(inputs) == 0
	for name, value := range observed {
		key := resource.PropertyKey(name)
		p, isInput := r.inputs[name]
		written := plugin.PlainValue(out[key])
		if !isInput || same(p, written, value) || p.computed && written == nil && !imported {
			continue
		}
		plugin.Replace(out, key, value)
	}
	return out
}

// previewed is the state that a create or update will give, as far as it can be known.
func (r *resourceType) previewed(inputs, old resource.PropertyMap, unsettled []string) resource.PropertyMap {
	out := r.state(inputs, nil)
	for k, v := range old {
		if _, isInput := r.inputs[string(k)]; !isInput && k != "tagsAll" {
			out[k] = v
		}
	}
	for name, p := range r.inputs {
		key := resource.PropertyKey(name)
		if _, ok := out[key]; ok || !p.computed {
			continue
		}
		if was, ok := old[key]; ok {
			out[key] = was
		} else if len(old) == 0 {
			out[key] = resource.MakeComputed(resource.NewProperty(""))
		}
	}
	for _, name := range unsettled {
		out[resource.PropertyKey(name)] = resource.MakeComputed(resource.NewProperty(""))
	}
	return out
}
