package payload_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"cc-eventbridge/function/payload"
)

// store answers the calls, counted from 1, as it is told.
type store struct {
	calls int
	get   func(ctx context.Context, call int) (*s3.GetObjectOutput, error)
	put   func(ctx context.Context, call int, body []byte) error
}

func (s *store) GetObject(ctx context.Context, _ *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	s.calls++
	return s.get(ctx, s.calls)
}

func (s *store) PutObject(ctx context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	s.calls++
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	return &s3.PutObjectOutput{}, s.put(ctx, s.calls, body)
}

func bucket(s *store) *payload.Bucket {
	return payload.NewBucket(s, "bucket")
}

// body is an object's, of which nothing is read after it was closed.
type body struct {
	io.Reader
	closed *bool
}

func (b body) Close() error {
	*b.closed = true
	return nil
}

func object(r io.Reader, length int64) *s3.GetObjectOutput {
	return &s3.GetObjectOutput{Body: body{r, new(bool)}, ContentLength: aws.Int64(length)}
}

// hanging is a body that sends nothing until its call is given up.
type hanging struct{ ctx context.Context }

func (h hanging) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestReadInTime(t *testing.T) {
	cases := []struct {
		name  string
		get   func(ctx context.Context, call int) (*s3.GetObjectOutput, error)
		want  string // "" for a transient error
		calls int
		least time.Duration
		most  time.Duration
	}{
		{
			name: "the first call does not answer, the second does", want: "abc", calls: 2, least: 2 * time.Second, most: 3 * time.Second,
			get: func(ctx context.Context, call int) (*s3.GetObjectOutput, error) {
				if call == 1 {
					return nil, hang(ctx)
				}
				return object(strings.NewReader("abc"), 3), nil
			},
		},
		{
			name: "no call answers", calls: 2, least: 4 * time.Second, most: 5 * time.Second,
			get: func(ctx context.Context, _ int) (*s3.GetObjectOutput, error) { return nil, hang(ctx) },
		},
		{
			name: "an answer that comes too late is not waited for again", calls: 2, least: 4 * time.Second, most: 6 * time.Second,
			get: func(ctx context.Context, _ int) (*s3.GetObjectOutput, error) {
				_ = hang(ctx)
				return object(strings.NewReader("abc"), 3), nil
			},
		},
		{
			name: "the body hangs", calls: 1, least: 10 * time.Second, most: 10 * time.Second,
			get: func(ctx context.Context, _ int) (*s3.GetObjectOutput, error) { return object(hanging{ctx}, 3), nil },
		},
		{
			name: "the body is cut off once", want: "abc", calls: 2, most: time.Second,
			get: func(_ context.Context, call int) (*s3.GetObjectOutput, error) {
				return object(strings.NewReader("abc"[:call+1]), 3), nil
			},
		},
		{
			name: "the body is always cut off", calls: 2, most: time.Second,
			get: func(context.Context, int) (*s3.GetObjectOutput, error) {
				return object(strings.NewReader("ab"), 3), nil
			},
		},
		{
			name: "the body is longer than it was said to be", calls: 2, most: time.Second,
			get: func(context.Context, int) (*s3.GetObjectOutput, error) {
				return object(strings.NewReader("abcd"), 3), nil
			},
		},
		{
			name: "the answer does not say how long the object is", calls: 2, most: time.Second,
			get: func(context.Context, int) (*s3.GetObjectOutput, error) {
				return &s3.GetObjectOutput{Body: io.NopCloser(strings.NewReader("abc"))}, nil
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{get: c.get}
				start := time.Now()
				got, err := bucket(s).Read(t.Context(), "payloads/x", 10)
				_, permanent := errors.AsType[*payload.Error](err)
				if string(got) != c.want || (err != nil) != (c.want == "") || permanent {
					t.Errorf("%q, %v", got, err)
				}
				if took := time.Since(start); took < c.least || took > c.most || s.calls != c.calls {
					t.Errorf("%d calls took %s", s.calls, took)
				}
			})
		})
	}
}

func TestNothingIsReadOfAnObjectThatIsTooLarge(t *testing.T) {
	var closed bool
	large := body{hanging{t.Context()}, &closed}
	s := &store{get: func(context.Context, int) (*s3.GetObjectOutput, error) {
		return &s3.GetObjectOutput{Body: large, ContentLength: aws.Int64(11)}, nil
	}}
	_, err := bucket(s).Read(t.Context(), "payloads/x", 10)
	if permanent, ok := errors.AsType[*payload.Error](err); !ok || permanent.Reason != payload.ObjectTooLarge || s.calls != 1 || !closed {
		t.Errorf("%v after %d calls, closed %v", err, s.calls, closed)
	}
}

func TestMemoryIsTakenOnce(t *testing.T) {
	const size = 8 << 20
	whole := bytes.Repeat([]byte("x"), size)
	s := &store{get: func(_ context.Context, call int) (*s3.GetObjectOutput, error) {
		if call == 1 {
			return object(bytes.NewReader(whole[:size-1]), size), nil
		}
		return object(bytes.NewReader(whole), size), nil
	}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := bucket(s).Read(t.Context(), "payloads/x", 2*size)
	runtime.ReadMemStats(&after)
	if err != nil || !bytes.Equal(got, whole) || s.calls != 2 {
		t.Fatalf("%d bytes, %v, %d calls", len(got), err, s.calls)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > size+1<<20 {
		t.Errorf("two calls for %d bytes took %d bytes of memory", size, taken)
	}
}

func TestPut(t *testing.T) {
	broken := errors.New("connection reset")
	cases := []struct {
		name  string
		put   func(ctx context.Context, call int) error
		calls int
		fails bool
	}{
		{"at once", func(context.Context, int) error { return nil }, 1, false},
		{"the second time, after no answer", func(ctx context.Context, call int) error {
			if call == 1 {
				return hang(ctx)
			}
			return nil
		}, 2, false},
		{"never", func(context.Context, int) error { return broken }, 2, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{put: func(ctx context.Context, call int, got []byte) error {
					if string(got) != "abc" {
						t.Errorf("call %d brought %q", call, got)
					}
					return c.put(ctx, call)
				}}
				err := bucket(s).Put(t.Context(), "quarantine/x", []byte("abc"))
				if (err != nil) != c.fails || s.calls != c.calls {
					t.Errorf("%v after %d calls", err, s.calls)
				}
			})
		})
	}
}

// TestALargeBodyHasTimeToBeSent: 16 MiB are not sent in the two seconds that an answer may take.
func TestALargeBodyHasTimeToBeSent(t *testing.T) {
	for size, want := range map[int]time.Duration{0: 2 * time.Second, 1 << 20: 2500 * time.Millisecond, 16 << 20: 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &store{put: func(ctx context.Context, call int, _ []byte) error {
				if call > 1 {
					return nil
				}
				err := hang(ctx)
				if took := time.Since(start); took != want {
					t.Errorf("%d bytes have %v, want %v", size, took, want)
				}
				return err
			}}
			if err := bucket(s).Put(t.Context(), "deliveries/x", make([]byte, size)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheCallersDeadlineCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := &store{
			get: func(ctx context.Context, _ int) (*s3.GetObjectOutput, error) { return nil, hang(ctx) },
			put: func(ctx context.Context, _ int, _ []byte) error { return hang(ctx) },
		}
		start := time.Now()
		_, readErr := bucket(s).Read(ctx, "payloads/x", 10)
		putErr := bucket(s).Put(ctx, "quarantine/x", nil)
		if readErr == nil || putErr == nil || time.Since(start) != time.Second {
			t.Errorf("%v and %v after %s", readErr, putErr, time.Since(start))
		}
	})
}

// TestTheSecondTryComesSoonAndNotAtOnce fails calls for many keys, which must not come back together either.
func TestTheSecondTryComesSoonAndNotAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pauses := map[time.Duration]bool{}
		var longest time.Duration
		for n := range 100 {
			var first time.Time
			s := &store{put: func(_ context.Context, call int, _ []byte) error {
				if call == 1 {
					first = time.Now()
					return errors.New("connection reset")
				}
				return nil
			}}
			if err := bucket(s).Put(t.Context(), fmt.Sprint("quarantine/", n), nil); err != nil {
				t.Fatal(err)
			}
			pause := time.Since(first)
			pauses[pause], longest = true, max(longest, pause)
		}
		if longest < 80*time.Millisecond || longest > 101*time.Millisecond || len(pauses) < 90 {
			t.Errorf("%d different pauses up to %v, want 100 up to 100 ms", len(pauses), longest)
		}
	})
}
