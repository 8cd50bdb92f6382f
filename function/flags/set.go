package flags

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime/debug"
)

// Set is the flags in effect, together with what was compiled for them. Both change in one step, so that no batch sees the
// topics of one document and the schemas of another.
type Set[R any] struct {
	*Document
	// Registry is what Compile made of the document's schemas.
	Registry R
	// Label names the version: its label in AppConfig, or else the start of the document's SHA-256. It is empty for the
	// built-in flags.
	Label string

	// content is the document's text; nil for the built-in flags.
	content []byte
}

// Compile makes a registry of all schemas that there are with a document's own. Its error refuses the document, is logged
// and must not hold a value of an event. It may be called from several goroutines at a time.
type Compile[R any] func(Schemas) (R, error)

// load makes a set of a document's text.
func (c Compile[R]) load(content []byte, label string) (set *Set[R], err error) {
	defer func() {
		// A library that trips over a schema must cost no more than that document.
		if value := recover(); value != nil {
			set, err = nil, fmt.Errorf("compile schemas of flags: panic: %v\n%s", value, debug.Stack())
		}
	}()
	document, err := Parse(content)
	if err != nil {
		return nil, err
	}
	registry, err := c(document.Schemas())
	if err != nil {
		return nil, fmt.Errorf("compile schemas of flags: %w", err)
	}
	return &Set[R]{Document: document, Registry: registry, Label: labelOf(label, content), content: content}, nil
}

// labelOf names a version that has no label by its content. Twelve digits tell apart more versions than anyone will make.
func labelOf(label string, content []byte) string {
	if label != "" {
		return label
	}
	digest := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(digest[:6])
}
