package decode

import (
	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/decode/pointer"
)

// open opens a document and what is in it, until there is an event or a pointer.
func (r *Reader) open(opened Opened, document envelope.Document, enabled func(name string) bool) (Opened, error) {
	for {
		decoder, err := r.recognize(document, enabled)
		if err != nil {
			return opened, err
		}
		opened.Trail = opened.Trail.past(decoder.Name())
		if opened.resolved && decoder.Name() == pointer.Name {
			return opened, envelope.Refuse(envelope.PointerLoop, "the object of a claim check has a claim check in it")
		}
		document.Limit = r.limits.MaxBytes - opened.Expanded
		content, err := decoder.Decode(document)
		if err != nil {
			return opened, err
		}
		if content.Event.Envelope != "" {
			opened.Event = content.Event
			return opened, nil
		}
		if opened.wrappings++; opened.wrappings > MaxWrappings {
			return opened, errTooMany
		}
		if content.Pointer != nil {
			opened.Pointer, opened.attributes = content.Pointer, content.Inner.Attributes
			return opened, nil
		}
		document = content.Inner
		if opened.Expanded += len(document.Body); opened.Expanded > r.limits.MaxBytes {
			return opened, errTooLarge
		}
	}
}

var (
	errTooMany  = envelope.Refuse(envelope.TooManyEnvelopes, "more than four wrappings are around what is inside")
	errTooLarge = envelope.Refuse(envelope.TooLarge, "what is inside a message is larger than the maximum")
)

// recognize returns the decoder of a document. Switches do not change which one that is: a body must not become another
// event because an operator has switched its decoder off.
func (r *Reader) recognize(document envelope.Document, enabled func(name string) bool) (envelope.Decoder, error) {
	outline, err := envelope.Look(document.Body)
	if err != nil {
		return nil, err
	}
	for _, decoder := range r.decoders {
		if !decoder.Recognizes(document, outline) {
			continue
		}
		if enabled != nil && !enabled(decoder.Name()) {
			return nil, envelope.Refuse(envelope.DecoderOff, "the decoder "+decoder.Name()+" is switched off")
		}
		return decoder, nil
	}
	return nil, envelope.Unrecognized(document.Body, outline)
}
