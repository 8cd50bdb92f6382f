package awsprovider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestDeploymentInProgress talks to an AppConfig that has one, which the emulator never has.
func TestDeploymentInProgress(t *testing.T) {
	var refusals atomic.Int32
	refusals.Store(2)
	answer := func(w http.ResponseWriter, status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /applications/app1234/environments/env1234/deployments", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{"Items":[{"DeploymentNumber":4,"State":"COMPLETE"},{"DeploymentNumber":5,"State":"BAKING"}]}`)
	})
	mux.HandleFunc("POST /applications/app1234/environments/env1234/deployments", func(w http.ResponseWriter, _ *http.Request) {
		if refusals.Add(-1) >= 0 {
			w.Header().Set("X-Amzn-ErrorType", "ConflictException")
			answer(w, http.StatusConflict, `{"Message":"Deployment number 5 already exists"}`)
			return
		}
		answer(w, http.StatusCreated, `{"ApplicationId":"app1234","EnvironmentId":"env1234","DeploymentNumber":6,"State":"DEPLOYING"}`)
	})
	mux.HandleFunc("GET /applications/app1234/environments/env1234/deployments/6", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{"ApplicationId":"app1234","EnvironmentId":"env1234","DeploymentNumber":6,"State":"DEPLOYING"}`)
	})
	mux.HandleFunc("GET /applications/app1234/configurationprofiles/pro1234", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{"Id":"pro1234"}`)
	})
	mux.HandleFunc("GET /applications/app1234/configurationprofiles/pro1234/hostedconfigurationversions/1", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{}`)
	})
	mux.HandleFunc("GET /tags/", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, `{"Tags":{}}`) })
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	s := stack{t, configured(t, server.URL, nil)}

	s.expectRefused(s.remove(environmentToken, args{"id": "env1234:app1234"}), "deployment 5 is in progress (BAKING)")
	made, err := s.try(deploymentToken, args{
		"applicationId": "app1234", "environmentId": "env1234", "configurationProfileId": "pro1234", "configurationVersion": "1",
		"deploymentStrategyId": "AppConfig.AllAtOnce",
	})
	if err != nil {
		t.Fatalf("a deployment should wait for the end of another one: %v", err)
	}
	if made.Text("id") != "app1234/env1234/6" || made["state"] != "DEPLOYING" {
		t.Errorf("it is %v, %v, and should be app1234/env1234/6, in progress: nobody waits for its end", made["id"], made["state"])
	}
	if left := refusals.Load(); left >= 0 {
		t.Errorf("it was started before the other one ended")
	}
	if err := s.remove(deploymentToken, made); err != nil {
		t.Errorf("deleting a deployment in progress should leave it alone: %v", err)
	}
}
