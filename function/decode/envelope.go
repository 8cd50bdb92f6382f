package decode

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/event"
)

// decoder takes one kind of envelope apart. It keeps nothing of a document, and is safe for concurrent use.
type decoder struct {
	name string
	// recognizes reports whether a document is in this envelope. No document is recognized by two decoders.
	recognizes func(document, outline) bool
	// decode takes apart a document that the decoder recognizes. Every error it returns is an *Error.
	decode func(document) (content, error)
}

// decoders are all there are. Their names are those of flags and logs.
func decoders(rules ClaimCheckRules) []decoder {
	return []decoder{
		{contract.DecoderDirect, isDirect, decodeDirect},
		{contract.DecoderEventBridge, isEventBridge, decodeEventBridge},
		{contract.DecoderSNS, isSNS, decodeSNS},
		{contract.DecoderCompressed, isCompressed, decodeCompressed},
		{contract.DecoderClaimCheck, isClaimCheck, newClaimChecks(rules).decode},
	}
}

// document is what a decoder is given: a message's body, or what was wrapped in one.
type document struct {
	body []byte
	// shared is whether others have the body as well, so that it must stay as it is.
	shared bool
	// attributes are the message attributes of SQS or SNS that came with the body, as a JSON object; nil for none.
	attributes jsontext.Value
	// limit is how many bytes may come out of a wrapping. A wrapping whose content is never larger than itself may leave it
	// to the caller.
	limit int
}

// content is what an envelope had in it: an event, if event.Envelope is set; a claim check, if claimCheck is; else a document.
type content struct {
	event      event.Event
	claimCheck *ClaimCheck
	inner      document
}
