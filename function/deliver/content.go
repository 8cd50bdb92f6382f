package deliver

import (
	"context"
	"errors"
	"fmt"

	"cc-eventbridge/function/contract"
)

// olderMost is what AWS's messages could have until 2025: 256 KiB.
const olderMost = 256 << 10

// jsonMedia is the media type of everything that is sent, but for a structured CloudEvent.
const jsonMedia = "application/json"

// Store is the payload bucket as a target sees it.
type Store interface {
	// Put writes an object. It is called again with the same key and body after a failure.
	Put(ctx context.Context, key string, body []byte) error
}

// message is an event as a target gets it.
type message struct {
	body  []byte
	media string
	// headers are a binary CloudEvent's attributes.
	headers map[string]string
	// offloaded is how many bytes lie in the payload bucket in the body's place; 0 where the body is the event.
	offloaded int
}

// content makes of an event what a target gets.
type content struct {
	format contract.Format
	// keyed has the event's identity in our own body, for a target that has no other place for it.
	keyed bool
	// most is how many bytes are sent; 0 is any number.
	most int
	// pointer makes the claim check the extended client libraries' form.
	pointer bool
	// store is nil where a large event is refused.
	store          Store
	bucket, prefix string
}

// limits are what a kind of target takes.
type limits struct {
	// most is the largest message in bytes; 0 is any. offload is from where on a message goes by claim check.
	most, offload int
	// headers says that it has room for a key beside the message, pointer that it gets claim checks in the form of the extended
	// client libraries.
	headers, pointer bool
}

// contentOf makes a target's content.
func contentOf(target contract.Target, env Environment, takes limits) (*content, error) {
	c := &content{
		format: target.Format, keyed: !takes.headers, most: takes.most, pointer: takes.pointer,
		bucket: env.BucketName, prefix: contract.DeliveryPrefix + target.Name + "/",
	}
	switch target.Format {
	case "":
		c.format = contract.FormatBody
	case contract.FormatBody, contract.FormatCloudEvents, contract.FormatPayload:
	case contract.FormatCloudEventsBinary:
		if target.Kind != contract.TargetHTTP {
			return nil, fmt.Errorf("the format %q is for HTTP only", target.Format)
		}
	default:
		return nil, fmt.Errorf("there is no format %q", target.Format)
	}
	switch target.Large {
	case "", contract.LargeQuarantine:
	case contract.LargeClaimCheck:
		c.most = takes.offload
		if c.store = env.Bucket; c.store == nil {
			return nil, errors.New("large events can't go by claim check without a payload bucket")
		}
	default:
		return nil, fmt.Errorf("there is no %q for large events", target.Large)
	}
	return c, nil
}

// of makes the message of an event. beside is how many bytes the target counts that are not the message's. It writes to the
// payload bucket where the event is too large and may go by claim check.
func (c *content) of(ctx context.Context, delivery Delivery, beside int) (message, error) {
	m := c.encode(delivery)
	if c.fits(m, beside) {
		return m, nil
	}
	if c.store == nil {
		return message{}, c.tooLarge(m, beside)
	}
	key := c.prefix + ID(delivery.IdempotencyKey)
	stored, check := c.claimCheck(delivery, m, key)
	if !c.fits(check, beside) { // a type can be as long as a message
		return message{}, c.tooLarge(check, beside)
	}
	if err := c.store.Put(ctx, key, stored); err != nil {
		return message{}, transient(ReasonBucket, fmt.Errorf("deliver event by claim check: %w", err), 0)
	}
	return check, nil
}

func (c *content) fits(m message, beside int) bool {
	return c.most == 0 || len(m.body)+beside <= c.most
}

func (c *content) tooLarge(m message, beside int) error {
	return &PermanentError{
		Reason: ReasonTooLarge,
		Err:    fmt.Errorf("deliver event: it would have %d bytes, at most %d are sent", len(m.body)+beside, c.most),
	}
}

// encode writes an event in the target's format.
func (c *content) encode(delivery Delivery) message {
	switch c.format {
	case contract.FormatCloudEvents:
		return message{body: attributesOf(delivery).structured(delivery.Event.Payload), media: cloudEventsMedia}
	case contract.FormatCloudEventsBinary:
		return message{body: delivery.Event.Payload, media: jsonMedia, headers: attributesOf(delivery).headers()}
	case contract.FormatPayload:
		return message{body: delivery.Event.Payload, media: jsonMedia}
	default:
		if c.keyed {
			return message{body: keyedBody(delivery.IdempotencyKey, delivery.Event), media: jsonMedia}
		}
		return message{body: Body(delivery.Event), media: jsonMedia}
	}
}

// claimCheck says what goes into the payload bucket under a key, and what the target gets in its place: a pointer of the extended
// client libraries, a CloudEvent that refers to its data, or a small object of our own.
func (c *content) claimCheck(delivery Delivery, m message, key string) (stored []byte, check message) {
	check = message{media: m.media, offloaded: len(m.body)}
	at := text([]byte{'{'}, "s3BucketName", c.bucket)
	at = append(text(at, "s3Key", key), '}')
	switch {
	case c.pointer:
		check.body = fmt.Appendf(nil, "[%q,%s]", contract.ClaimCheckClass, at)
	case c.format == contract.FormatCloudEvents:
		check.body, check.offloaded = attributesOf(delivery).elsewhere("s3://"+c.bucket+"/"+key), len(delivery.Event.Payload)
		return delivery.Event.Payload, check
	default:
		check.body = text([]byte{'{'}, keyMember, delivery.IdempotencyKey)
		check.body = text(check.body, "type", delivery.Event.Type)
		check.body = append(raw(check.body, "claimCheck", at), '}')
	}
	return m.body, check
}
