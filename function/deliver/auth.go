package deliver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"cc-eventbridge/function/contract"
)

// auth makes a request show who sends it. credential is what HTTPOptions.Tokens gave, "" where it gives none.
type auth func(request *http.Request, body []byte, delivery Delivery, credential string) error

// authOf is how an HTTP target is shown who sends, and what gives the credential for it.
func authOf(target contract.Target, env Environment) (auth, Tokens, error) {
	how := target.Auth
	if how == nil {
		return bearer, nil, nil
	}
	if (how.SecretARN == "") != (how.Kind == contract.AuthSigV4) {
		return nil, nil, fmt.Errorf("auth %q should have a secret, unless it is sigv4", how.Kind)
	}
	switch how.Kind {
	case contract.AuthBearer:
		return bearer, NewSecret(env.Secrets, how.SecretARN), nil
	case contract.AuthOAuth2:
		if how.TokenURL == "" || how.ClientID == "" {
			return nil, nil, errors.New("auth \"oauth2\" should have a token URL and a client id")
		}
		return bearer, newOAuth(*how, NewSecret(env.Secrets, how.SecretARN), newClient(1, min(timeout(target), tokenTimeout))), nil
	case contract.AuthWebhook:
		return webhook, NewSecret(env.Secrets, how.SecretARN), nil
	case contract.AuthSigV4:
		region := how.Region
		if region == "" {
			region = env.AWS.Region
		}
		if how.Service == "" || env.AWS.Credentials == nil {
			return nil, nil, errors.New("auth \"sigv4\" should have a service and credentials")
		}
		return sigV4(env.AWS.Credentials, how.Service, region), nil, nil
	default:
		return nil, nil, fmt.Errorf("there is no kind of auth %q", how.Kind)
	}
}

// bearer shows a token, if there is one.
func bearer(request *http.Request, _ []byte, _ Delivery, token string) error {
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return nil
}

// webhookPrefix begins a key of Standard Webhooks.
const webhookPrefix = "whsec_"

// webhook signs a request as Standard Webhooks 1.0 says. Several keys, with white space between them, make as many signatures:
// that is how a key is replaced without a moment at which sender and receiver have different ones.
//
// The id is ID of the event's identity: the specification has no point in an id, because that is what ends it in what is signed.
func webhook(request *http.Request, body []byte, delivery Delivery, keys string) error {
	id, at := ID(delivery.IdempotencyKey), strconv.FormatInt(time.Now().Unix(), 10)
	var signatures []string
	for key := range strings.FieldsSeq(keys) {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, webhookPrefix))
		if err != nil {
			// Its text has a part of the key in it.
			return transient(ReasonSecret, errors.New("deliver event: the webhook's key is not in base64"), 0)
		}
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(id + "." + at + "."))
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	request.Header.Set("Webhook-Id", id)
	request.Header.Set("Webhook-Timestamp", at)
	request.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	return nil
}

// sigV4 signs a request with credentials of AWS.
func sigV4(credentials aws.CredentialsProvider, service, region string) auth {
	signer := v4.NewSigner()
	return func(request *http.Request, body []byte, _ Delivery, _ string) error {
		as, err := credentials.Retrieve(request.Context())
		if err != nil {
			return transient(ReasonDenied, errors.New("deliver event: the function's AWS credentials can't be read"), 0)
		}
		sum := sha256.Sum256(body)
		if err := signer.SignHTTP(request.Context(), as, request, hex.EncodeToString(sum[:]), service, region, time.Now()); err != nil {
			return fmt.Errorf("deliver event: sign request: %w", err)
		}
		return nil
	}
}
