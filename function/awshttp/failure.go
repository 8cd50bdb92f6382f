package awshttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
)

// Failure names why there is no answer. Texts of net/http's errors are left out, all of them: some quote what the other
// side sent, which may be the event, and some the URL, which may have credentials in it. The kind is what one needs.
func Failure(err error) error {
	var (
		errno     syscall.Errno
		lookup    *net.DNSError
		operation *net.OpError
		alert     tls.AlertError
		noTLS     tls.RecordHeaderError
		unknownCA x509.UnknownAuthorityError
		otherHost x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("no answer: %w", context.Canceled)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return errors.New("no answer: the host's name is not known")
	case errors.As(err, &lookup):
		return errors.New("no answer: the host's name can't be looked up")
	case errors.As(err, &unknownCA):
		return errors.New("no answer: the certificate is signed by an authority that is not known")
	case errors.As(err, &otherHost):
		return errors.New("no answer: the certificate is for another host")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return errors.New("no answer: the certificate has expired or is not valid yet")
	case errors.As(err, &invalid):
		return errors.New("no answer: the certificate is not valid")
	case errors.As(err, &noTLS), errors.Is(err, http.ErrSchemeMismatch):
		return errors.New("no answer: the server does not speak TLS")
	case errors.As(err, &alert):
		return fmt.Errorf("no answer: %w", alert)
	case errors.As(err, &errno) && errors.As(err, &operation):
		return fmt.Errorf("no answer: %s: %w", operation.Op, errno)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("no answer: the connection was closed")
	}
	// The innermost error's type is a name of a program, never a text from outside.
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Errorf("no answer that HTTP knows (%T)", err)
}
