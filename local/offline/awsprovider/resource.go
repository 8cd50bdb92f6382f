package awsprovider

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// resourceType is the entry of one resource type: what it takes, what it gives, and which calls of AWS make, read, change
// and delete it.
type resourceType struct {
	token  tokens.Type
	inputs properties
	// outputs are known once the resource exists: the fields of AWS's answer by property. Those that AWS does not answer
	// (no field) are set by also.
	outputs map[string]string
	// changes names the outputs that an update gives a new value. None: no update changes an output.
	changes func(old, next args) []string
	// rules relate several inputs; each must cope with inputs that are not known yet.
	rules []func(args) *problem

	// id is how the resource's id is made of fields of requests, and separators: "RoleName:PolicyName". A field may be
	// followed by where the answer to create has it: "TopicArn", "SecretId=ARN".
	id string
	// idOf makes an id that is not like that, keysOf takes it apart. Without the latter, calls name the resource by the
	// properties in its state.
	idOf   func(in args) string
	keysOf func(id string) (map[string]string, error)
	// within is the field of the requests that the properties are in, found the one of the answer; "" is the whole.
	within, found string
	create, read  call
	// edits are what an update consists of, in this order. None: every change replaces.
	edits []edit
	// remove deletes the resource. none: it only leaves the state.
	remove call
	// gone are the error codes that mean that the resource does not exist.
	gone []string
	tags *tagging

	// allowed is what AWS checks on a create or an update and emulators do not.
	allowed func(ctx context.Context, c *cloud, old, next args) error
	// passing reports whether an error of a create, update or delete passes by itself.
	passing func(error) bool
	// request completes a request of create or of an edit.
	request func(c *cloud, request any, in args) error
	// ready waits until the resource can be used after a create or an edit.
	ready func(ctx context.Context, c *cloud, id string) error
	// also corrects and completes what was read. prior has the last known state (empty on import).
	also func(ctx context.Context, c *cloud, id string, answer any, prior, found args) error
	// removable is what AWS checks before a delete, or what must be done first.
	removable func(ctx context.Context, c *cloud, id string, prior args) error
	// vanished waits until a deleted resource is gone.
	vanished bool
}

// edit is one call of an update.
type edit struct {
	on []string // the properties that it sets; none is all but the tags
	// follows has it done after a create as well, which has no parameter for these properties.
	follows bool
	call    call
	do      func(ctx context.Context, c *cloud, id string, old, next args) error // instead of call
}

// call is one operation of an AWS API. It makes the request, has it filled, and returns AWS's answer.
type call func(ctx context.Context, c *cloud, fill func(request any) error) (answer any, err error)

// op is the operation behind a method of an SDK's client.
func op[C, I, O, F any](client func(*cloud) *C, method func(*C, context.Context, *I, ...func(*F)) (*O, error)) call {
	return func(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
		request := new(I)
		if err := fill(request); err != nil {
			return nil, err
		}
		return method(client(c), ctx, request)
	}
}

// send makes the call about one resource with properties.
func (r *resourceType) send(ctx context.Context, c *cloud, do call, id string, in args) (request, answer any, err error) {
	keys, err := r.keys(id)
	if err != nil {
		return nil, nil, err
	}
	prepare := func(req any) error {
		request = req
		into := reflect.ValueOf(req).Elem()
		fill(into, r.inputs, in)
		if r.within != "" && in != nil {
			r.fillWithin(fieldOf(into, r.within), in)
		}
		for field, key := range keys {
			if f := fieldOf(into, field); f.IsValid() {
				assign(f, property{kind: kindString}, key)
			}
		}
		if r.request != nil && in != nil {
			return r.request(c, req, in)
		}
		return nil
	}
	once := func() error {
		answer, err = do(ctx, c, prepare)
		return err
	}
	if r.passing == nil {
		return request, answer, once()
	}
	err = eventually(ctx, string(r.token.Name())+" "+id, r.passing, once)
	return request, answer, err
}

// fillWithin fills the part of a request that has the properties.
func (r *resourceType) fillWithin(part reflect.Value, in args) {
	switch {
	case !part.IsValid():
	case part.Kind() == reflect.Map:
		part.Set(reflect.MakeMap(part.Type()))
		fill(part, r.inputs, in)
	case part.Kind() == reflect.Slice:
		part.Set(reflect.MakeSlice(part.Type(), 1, 1))
		fill(part.Index(0), r.inputs, in)
	default:
		part.Set(reflect.New(part.Type().Elem()))
		fill(part.Elem(), r.inputs, in)
	}
}

// idParts are the fields of an id and where a create answers them.
func (r *resourceType) idParts() (separator string, fields, answered []string) {
	if i := strings.IndexAny(r.id, ":/|"); i >= 0 {
		separator = r.id[i : i+1]
	}
	for _, part := range split(r.id, separator) {
		field, path, ok := strings.Cut(part, "=")
		if !ok {
			path = field
		}
		fields, answered = append(fields, field), append(answered, path)
	}
	return separator, fields, answered
}

func split(text, separator string) []string {
	if separator == "" {
		return []string{text}
	}
	return strings.Split(text, separator)
}

// keys takes an id apart into fields of requests.
func (r *resourceType) keys(id string) (map[string]string, error) {
	switch {
	case id == "" || r.id == "" && r.keysOf == nil:
		return nil, nil
	case r.keysOf != nil:
		return r.keysOf(id)
	}
	separator, fields, _ := r.idParts()
	parts := split(id, separator)
	if len(parts) != len(fields) || slices.Contains(parts, "") {
		return nil, fmt.Errorf("id %q should have the form %s", id, strings.Join(fields, separator))
	}
	keys := map[string]string{}
	for i, field := range fields {
		keys[field] = parts[i]
	}
	return keys, nil
}

// newID is the id of what has been created.
func (r *resourceType) newID(request, answer any, in args) string {
	if r.idOf != nil {
		return r.idOf(in)
	}
	separator, _, answered := r.idParts()
	var parts []string
	for _, path := range answered {
		v := at(reflect.ValueOf(answer), path)
		if !v.IsValid() || v.IsZero() {
			v = at(reflect.ValueOf(request), path)
		}
		if v.IsValid() {
			parts = append(parts, fmt.Sprint(v.Interface()))
		}
	}
	return strings.Join(parts, separator)
}

// make creates a resource. An id with an error means: it exists, but not as asked for.
func (r *resourceType) make(ctx context.Context, c *cloud, in args) (id string, found args, err error) {
	if r.allowed != nil {
		if err := r.allowed(ctx, c, nil, in); err != nil {
			return "", nil, err
		}
	}
	in = withFallbacks(r.inputs, in)
	request, answer, err := r.send(ctx, c, r.create, "", in)
	if err != nil {
		return "", nil, err
	}
	id = r.newID(request, answer, in)
	if err := r.settled(ctx, c, id); err != nil {
		return id, nil, err
	}
	defaults := withFallbacks(r.inputs, nil)
	for _, e := range r.edits {
		if e.follows {
			if err := r.apply(ctx, c, e, id, defaults, in); err != nil {
				return id, nil, err
			}
		}
	}
	found, err = r.tagged(ctx, c, id, in)
	return id, found, err
}

// change makes a resource equal its new inputs, in place. found beside an error is what there is after all edits.
func (r *resourceType) change(ctx context.Context, c *cloud, id string, old, next args) (found args, err error) {
	if r.allowed != nil {
		if err := r.allowed(ctx, c, old, next); err != nil {
			return nil, err
		}
	}
	if len(r.diff(old, next).DetailedDiff) == 0 { // the engine has what a failed create left finished
		if old, err = r.observe(ctx, c, id, next); err != nil {
			return nil, err
		}
		for name := range r.inputs { // what AWS does not tell is as it was asked for
			if _, told := old[name]; !told {
				old[name] = next[name]
			}
		}
	}
	before, after := withFallbacks(r.inputs, old), withFallbacks(r.inputs, next)
	for _, e := range r.edits {
		if err := r.apply(ctx, c, e, id, before, after); err != nil {
			return nil, err
		}
	}
	return r.tagged(ctx, c, id, next)
}

func (r *resourceType) apply(ctx context.Context, c *cloud, e edit, id string, old, next args) error {
	on := e.on
	if len(on) == 0 {
		on = r.inputs.names()
	}
	if !slices.ContainsFunc(on, func(name string) bool { return name != "tags" && !same(r.inputs[name], old[name], next[name]) }) {
		return nil
	}
	err := error(nil)
	if e.do != nil {
		err = e.do(ctx, c, id, old, next)
	} else {
		_, _, err = r.send(ctx, c, e.call, id, next)
	}
	if err != nil {
		return err
	}
	return r.settled(ctx, c, id)
}

func (r *resourceType) settled(ctx context.Context, c *cloud, id string) error {
	if r.ready == nil {
		return nil
	}
	return r.ready(ctx, c, id)
}

// observe reads a resource. The error is errNotFound when it is gone.
func (r *resourceType) observe(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	var known args
	if r.id == "" && r.keysOf == nil {
		known = prior
	}
	_, answer, err := r.send(ctx, c, r.read, id, known)
	if err != nil {
		return nil, r.missing(err)
	}
	src := indirect(first(at(reflect.ValueOf(answer), r.found)))
	if !src.IsValid() {
		return nil, errNotFound
	}
	found := observed(src, r.inputs)
	delete(found, "tags")
	for name, field := range r.outputs {
		if found[name] = ""; field == "" {
			continue
		}
		if v := value(at(src, field), property{}); v != nil {
			found[name] = v
		}
	}
	if r.also != nil {
		if err := r.also(ctx, c, id, answer, prior, found); err != nil {
			return nil, r.missing(err)
		}
	}
	if err := r.readTags(ctx, c, found); err != nil {
		return nil, r.missing(err)
	}
	forgetUnreported(r, found)
	return found, nil
}

func (r *resourceType) missing(err error) error {
	if hasCode(err, r.gone...) {
		return errNotFound
	}
	return err
}

// drop deletes a resource.
func (r *resourceType) drop(ctx context.Context, c *cloud, id string, prior args) error {
	if r.removable != nil {
		if err := r.removable(ctx, c, id, prior); err != nil {
			return r.missing(err)
		}
	}
	if r.remove == nil {
		return nil
	}
	if _, _, err := r.send(ctx, c, r.remove, id, prior); err != nil {
		return r.missing(err)
	}
	if !r.vanished {
		return nil
	}
	return until(ctx, stateDeadline, string(r.token.Name())+" "+id+" to be gone", func() (bool, error) {
		_, _, err := r.send(ctx, c, r.read, id, nil)
		if err = r.missing(err); err == errNotFound { //nolint:errorlint // missing returns the sentinel itself
			return true, nil
		}
		return false, err
	})
}

// registry holds every resource type there is, by token.
type registry map[tokens.Type]*resourceType

func newRegistry() registry {
	r := registry{}
	for _, service := range [][]*resourceType{
		iamTypes(), sqsTypes(), dynamodbTypes(), logsTypes(), cloudwatchTypes(), lambdaTypes(), snsTypes(), kmsTypes(),
		secretsManagerTypes(), eventBridgeTypes(), s3Types(), appConfigTypes(),
	} {
		for _, t := range service {
			r[t.token] = t
		}
	}
	return r
}

func (r registry) lookup(token tokens.Type) (*resourceType, error) {
	if t, ok := r[token]; ok {
		return t, nil
	}
	known := make([]string, 0, len(r))
	for t := range r {
		known = append(known, string(t))
	}
	slices.Sort(known)
	return nil, fmt.Errorf("resource type %s is not implemented by this stand-in for the aws provider, which has %s; "+
		"install the published plugin (pulumi plugin install resource aws %s) or leave the resource out",
		token, strings.Join(known, ", "), Version)
}
