package genesystest

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
)

// maxBody is more than any request has.
const maxBody = 1 << 20

// failure is an error in Genesys Cloud's words.
type failure struct {
	status        int
	code, message string
}

func invalid(message string) *failure {
	return &failure{http.StatusBadRequest, "bad.request", message}
}

func (f *failure) write(w http.ResponseWriter, wait time.Duration) {
	if f.status == http.StatusTooManyRequests {
		seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
		w.Header().Set("Retry-After", seconds)
		w.Header().Set("Inin-Ratelimit-Reset", seconds)
	}
	writeJSON(w, f.status, map[string]any{
		"message": f.message, "code": f.code, "status": f.status,
		"contextId": w.Header().Get("Inin-Correlation-Id"), "details": []any{}, "errors": []any{},
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	if body == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}

func readJSON(r *http.Request, into any) *failure {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return invalid("The request could not be read.")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &failure{http.StatusBadRequest, "bad.request.body", "The request body is not valid: " + err.Error()}
	}
	return nil
}

// paged answers one page of a listing.
func paged[T any](r *http.Request, all []T) (any, *failure) {
	size, number := 25, 1
	for name, value := range map[string]*int{"pageSize": &size, "pageNumber": &number} {
		if text := r.URL.Query().Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || name == "pageSize" && n > 100 {
				return nil, invalid("Invalid " + name + ".")
			}
			*value = n
		}
	}
	from := min((number-1)*size, len(all))
	page := map[string]any{
		"entities": all[from:min(from+size, len(all))], "pageSize": size, "pageNumber": number,
		"total": len(all), "pageCount": (len(all) + size - 1) / size,
	}
	if from+size < len(all) {
		query := r.URL.Query()
		query.Set("pageNumber", strconv.Itoa(number+1))
		page["nextUri"] = r.URL.Path + "?" + query.Encode()
	}
	return page, nil
}
