package awsprovider

import "encoding/json"

func (a args) known(name string) bool {
	v, ok := a[name]
	return ok && v != nil && v != unknown{}
}

func (a args) has(name string) bool { return a[name] != nil }

func (a args) str(name string) string {
	s, _ := a[name].(string)
	return s
}

// strp is nil where the property is not set, which is how the AWS API says "not given".
func (a args) strp(name string) *string {
	if s, ok := a[name].(string); ok {
		return &s
	}
	return nil
}

func (a args) int32p(name string) *int32 {
	if f, ok := a[name].(float64); ok {
		i := int32(f)
		return &i
	}
	return nil
}

func (a args) int64p(name string) *int64 {
	if f, ok := a[name].(float64); ok {
		i := int64(f)
		return &i
	}
	return nil
}

func (a args) float64p(name string) *float64 {
	if f, ok := a[name].(float64); ok {
		return &f
	}
	return nil
}

func (a args) number(name string) float64 {
	f, _ := a[name].(float64)
	return f
}

func (a args) boolean(name string) bool {
	b, _ := a[name].(bool)
	return b
}

func (a args) boolp(name string) *bool {
	if b, ok := a[name].(bool); ok {
		return &b
	}
	return nil
}

// object is nil where the property is not set.
func (a args) object(name string) args {
	m, _ := a[name].(map[string]any)
	return m
}

func (a args) objects(name string) []args {
	list, _ := a[name].([]any)
	out := make([]args, 0, len(list))
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func (a args) strings(name string) []string {
	list, _ := a[name].([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (a args) stringMap(name string) map[string]string {
	m, _ := a[name].(map[string]any)
	out := make(map[string]string, len(m))
	for k, v := range m {
		if s, ok := v.(string); ok {
			out[k] = s
		}
	}
	return out
}

// document is the JSON text of a document, whether the program wrote a string or an object.
func (a args) document(name string) string { return documentText(a[name]) }

func documentText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	default:
		text, err := json.Marshal(v)
		if err != nil { // plain values always marshal
			return ""
		}
		return string(text)
	}
}
