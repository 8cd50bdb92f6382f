package harness

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decoding and encoding are how the SDK's own request and response types become AWS JSON: field for field, except that
// an attribute value is an object whose only name is its type.
var (
	decoding = json.WithUnmarshalers(json.UnmarshalFromFunc(decodeValue))
	encoding = json.JoinOptions(json.OmitZeroStructFields(true), json.WithMarshalers(json.MarshalToFunc(encodeValue)))
)

// value is an attribute value on the wire: one of its fields is set.
type value struct {
	S, N       *string
	B          *[]byte
	BOOL, NULL *bool
	L          *[]types.AttributeValue
	M          *map[string]types.AttributeValue
}

// decodeValue reads one attribute value.
func decodeValue(in *jsontext.Decoder, into *types.AttributeValue) error {
	var v value
	if err := json.UnmarshalDecode(in, &v, json.RejectUnknownMembers(true)); err != nil {
		return err
	}
	switch {
	case v.S != nil:
		*into = &types.AttributeValueMemberS{Value: *v.S}
	case v.N != nil:
		*into = &types.AttributeValueMemberN{Value: *v.N}
	case v.B != nil:
		*into = &types.AttributeValueMemberB{Value: *v.B}
	case v.BOOL != nil:
		*into = &types.AttributeValueMemberBOOL{Value: *v.BOOL}
	case v.NULL != nil:
		*into = &types.AttributeValueMemberNULL{Value: *v.NULL}
	case v.L != nil:
		*into = &types.AttributeValueMemberL{Value: *v.L}
	case v.M != nil:
		*into = &types.AttributeValueMemberM{Value: *v.M}
	default:
		return fmt.Errorf("an attribute value is empty")
	}
	return nil
}

// encodeValue writes one attribute value.
func encodeValue(out *jsontext.Encoder, from types.AttributeValue) error {
	var v value
	switch from := from.(type) {
	case *types.AttributeValueMemberS:
		v.S = &from.Value
	case *types.AttributeValueMemberN:
		v.N = &from.Value
	case *types.AttributeValueMemberB:
		v.B = &from.Value
	case *types.AttributeValueMemberBOOL:
		v.BOOL = &from.Value
	case *types.AttributeValueMemberNULL:
		v.NULL = &from.Value
	case *types.AttributeValueMemberL:
		v.L = &from.Value
	case *types.AttributeValueMemberM:
		v.M = &from.Value
	default:
		return fmt.Errorf("attribute values of type %T are not implemented here", from)
	}
	return json.MarshalEncode(out, v)
}
