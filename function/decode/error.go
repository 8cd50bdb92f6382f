package decode

// Reason is the short, stable name of why a body can never be processed. Operators filter the validation queue by it.
type Reason string

// The reasons for which a body is refused.
const (
	EmptyBody        Reason = "empty-body"
	InvalidUTF8      Reason = "invalid-utf8"
	NotJSON          Reason = "not-json"
	DuplicateName    Reason = "duplicate-name"
	TooDeep          Reason = "too-deep"
	TooManyParts     Reason = "too-many-parts"
	NumberOutOfRange Reason = "number-out-of-range"
	// UnknownEnvelope: JSON, but of no shape that a decoder knows.
	UnknownEnvelope Reason = "unknown-envelope"
	// MissingIdentity: an envelope without what says which event it is.
	MissingIdentity Reason = "missing-identity"
	// DecoderOff: the decoder of this envelope is switched off.
	DecoderOff Reason = "decoder-off"
	// TooManyEnvelopes: more wrappings in one another than anyone sends.
	TooManyEnvelopes Reason = "too-many-envelopes"
	// CorruptCompression: cut off, with a wrong checksum, with something behind it, or not compressed as it claims.
	CorruptCompression Reason = "corrupt-compression"
	// CompressionBomb: it expands more than events can.
	CompressionBomb Reason = "compression-bomb"
	// TooLarge: it expands beyond the configured maximum.
	TooLarge Reason = "too-large"
	// ClaimCheckOff: a claim check, but there is no payload bucket.
	ClaimCheckOff Reason = "claim-check-off"
	// BadClaimCheck: a claim check that is malformed, or whose key no producer would write.
	BadClaimCheck Reason = "bad-pointer"
	// ForeignBucket, ForeignPrefix, ForeignURL: a claim check for something else than the payloads in the payload bucket.
	ForeignBucket Reason = "foreign-bucket"
	ForeignPrefix Reason = "foreign-prefix"
	ForeignURL    Reason = "foreign-url"
	// ClaimCheckLoop: a claim check in the object of a claim check.
	ClaimCheckLoop Reason = "pointer-loop"
)

// Error is a permanent error: the same body would fail again. Its text never has values of the body in it, because those
// are personal data.
type Error struct {
	Reason Reason
	Detail string
}

func (e *Error) Error() string { return "decode body: " + string(e.Reason) + ": " + e.Detail }

func refuse(reason Reason, detail string) error { return &Error{Reason: reason, Detail: detail} }
