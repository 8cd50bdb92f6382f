package deliver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"cc-eventbridge/function/internal/safely"
)

const (
	// secretTimeout bounds the reading of the secret.
	secretTimeout = 3 * time.Second
	// rereadAfter keeps a batch whose every event meets a refused token, or a secret that can't be read, from reading it
	// once for each.
	rereadAfter = time.Second
)

// SecretsAPI is what Secret calls of Secrets Manager.
type SecretsAPI interface {
	GetSecretValue(ctx context.Context, input *secretsmanager.GetSecretValueInput, options ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Secret is a token kept in Secrets Manager. It is read when it is first needed, and again when the downstream does not
// accept it any more, which is how a rotation shows.
type Secret struct {
	api SecretsAPI
	arn string

	mutex sync.Mutex
	token string
	err   error
	read  time.Time
	// reading is closed when the reading under way has ended; nil when there is none.
	reading chan struct{}
}

// NewSecret returns the token kept under an ARN.
func NewSecret(api SecretsAPI, arn string) *Secret { return &Secret{api: api, arn: arn} }

// Token returns the token, read anew if the one at hand is the refused one. Those that need it at the same time wait for one
// reading, which is nobody's own: who stops waiting does not stop it.
func (s *Secret) Token(ctx context.Context, refused string) (string, error) {
	for {
		s.mutex.Lock()
		if time.Since(s.read) < rereadAfter || s.err == nil && s.token != "" && s.token != refused {
			defer s.mutex.Unlock()
			return s.token, s.err
		}
		if s.reading == nil {
			s.reading = make(chan struct{})
			go s.reread(context.WithoutCancel(ctx))
		}
		reading := s.reading
		s.mutex.Unlock()
		select {
		case <-reading:
		case <-ctx.Done():
			return "", fmt.Errorf("read downstream secret: %w", ctx.Err())
		}
	}
}

// reread reads the secret and ends the reading under way.
func (s *Secret) reread(ctx context.Context) {
	var token string
	err := errors.New("read downstream secret: not read")
	safely.Do(func() { token, err = s.fetch(ctx) }, func(panicked error) { err = fmt.Errorf("read downstream secret: %w", panicked) })
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.token, s.err, s.read = token, err, time.Now()
	close(s.reading)
	s.reading = nil
}

func (s *Secret) fetch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	output, err := s.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.arn)})
	if err != nil {
		return "", fmt.Errorf("read downstream secret: %w", err)
	}
	token := strings.TrimSpace(aws.ToString(output.SecretString))
	if token == "" {
		return "", errors.New("read downstream secret: it is empty, should be a bearer token")
	}
	return token, nil
}
