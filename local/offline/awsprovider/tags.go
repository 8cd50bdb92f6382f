package awsprovider

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// tagging is how the resources of one service are tagged. Each request names the resource in its first text.
type tagging struct {
	// name is the property by which the calls name the resource.
	name             string
	list, tag, untag call
}

func (r *resourceType) taggable() bool { return r.tags != nil }

// readTags adds the tags that somebody set to what was read.
func (r *resourceType) readTags(ctx context.Context, c *cloud, found args) error {
	if r.tags == nil {
		return nil
	}
	resource := found.Text(r.tags.name)
	answer, err := r.tags.list(ctx, c, about(resource, nil))
	if err != nil {
		return c.untaggable(ctx, resource, err)
	}
	tags := asObject(value(at(reflect.ValueOf(answer), "").FieldByName("Tags"), tags()))
	maps.DeleteFunc(tags, func(key string, _ any) bool {
		return strings.HasPrefix(key, reservedTags) || strings.HasPrefix(key, deletedVersion)
	})
	found["tags"] = unless(len(tags) == 0, tags)
	return nil
}

// tagged reads a resource and gives it the tags of its inputs, whether or not a create has set them already: the
// emulator drops those of some.
func (r *resourceType) tagged(ctx context.Context, c *cloud, id string, in args) (args, error) {
	found, err := r.observe(ctx, c, id, in)
	if err != nil || r.tags == nil {
		return found, err
	}
	has, wanted := found.Object("tags"), in.Object("tags")
	resource := found.Text(r.tags.name)
	for _, key := range slices.Sorted(maps.Keys(has)) {
		if _, ok := wanted[key]; ok {
			continue
		}
		// One at a time: of several keys in a call, the emulator sees only the first.
		_, err := r.tags.untag(ctx, c, about(resource, func(request reflect.Value) {
			assign(request.FieldByName("TagKeys"), list(str()), []any{key})
		}))
		if err := c.untaggable(ctx, resource, err); err != nil {
			return found, wrap(err, "untagging "+resource)
		}
	}
	if maps.EqualFunc(has, wanted, func(a, b any) bool { return a == b }) || len(wanted) == 0 {
		found["tags"] = in["tags"]
		return found, nil
	}
	_, err = r.tags.tag(ctx, c, about(resource, func(request reflect.Value) {
		assign(request.FieldByName("Tags"), tags(), map[string]any(wanted))
	}))
	found["tags"] = in["tags"]
	return found, wrap(c.untaggable(ctx, resource, err), "tagging "+resource)
}

// about fills a request that names a resource in its first text.
func about(resource string, more func(request reflect.Value)) func(any) error {
	return func(request any) error {
		v := reflect.ValueOf(request).Elem()
		for _, f := range v.Fields() {
			if f.Type() == reflect.TypeFor[*string]() {
				f.Set(reflect.ValueOf(&resource))
				break
			}
		}
		if more != nil {
			more(v)
		}
		return nil
	}
}
