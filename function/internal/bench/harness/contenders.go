package harness

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/lambdatest"
)

// Contender is one implementation.
type Contender struct {
	// Name is what files and flags call it.
	Name string
	// Title is what tables and charts call it.
	Title string
	// Key is the partition key of its table; without one it has no table and handles no events.
	Key string
	// Essential reports whether the benchmark is pointless without it.
	Essential bool

	prepare func(context.Context, *Workshop) (lambdatest.Command, error)
	env     []string
	command lambdatest.Command
}

// The names, as files and flags have them.
const (
	Function             = "function"
	Guide                = "guide"
	PowertoolsTypeScript = "powertools-typescript"
	PowertoolsPython     = "powertools-python"
	Empty                = "empty"
)

// processor is this product's function, in its module.
const processor = "./cmd/processor"

// Contenders returns all of them, in the order of the tables.
func Contenders() []*Contender {
	return []*Contender{
		{Name: Function, Title: "this function (Go)", Key: contract.TableKey, Essential: true, prepare: build(processor), env: append(goRuntime(), functionEnv...)},
		{Name: Guide, Title: "AWS-style sample handler (Node)", Key: contract.TableKey, prepare: installNode("guide.cjs")},
		{Name: PowertoolsTypeScript, Title: "Powertools TypeScript", Key: "id", prepare: installNode("powertools.mjs"), env: powertoolsEnv},
		{Name: PowertoolsPython, Title: "Powertools Python", Key: "id", prepare: installPython, env: powertoolsEnv},
		{Name: Empty, Title: "an empty Go handler", Essential: true, prepare: build("./internal/bench/peers/empty")},
	}
}

// Table is the name of the contender's table.
func (c *Contender) Table() string { return "bench-" + c.Name }

// Prepare builds or installs it.
func (c *Contender) Prepare(ctx context.Context, shop *Workshop) (err error) {
	if c.command, err = c.prepare(ctx, shop); err != nil {
		return fmt.Errorf("prepare %s: %w", c.Title, err)
	}
	return nil
}

// Launch starts it as Lambda would, with its DynamoDB at the endpoint.
func (c *Contender) Launch(ctx context.Context, endpoint string) (*lambdatest.Function, error) {
	command := c.command
	command.Env = slices.Concat(c.lambdaEnv(endpoint), c.env)
	running, err := lambdatest.Launch(ctx, c.Name, command)
	if err != nil {
		return nil, fmt.Errorf("launch %s: %w", c.Title, err)
	}
	return running, nil
}

// memoryMB is the product's default for functionMemoryMb.
const memoryMB = 512

// GB is the contenders' memory in the unit of Lambda's price.
const GB = float64(memoryMB) / 1024

// lambdaEnv is what Lambda sets for every function, and where its DynamoDB is.
func (c *Contender) lambdaEnv(endpoint string) []string {
	return []string{
		"AWS_LAMBDA_FUNCTION_NAME=" + c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(memoryMB),
		"LAMBDA_TASK_ROOT=" + c.command.Dir,
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=benchmark",
		"AWS_SECRET_ACCESS_KEY=benchmark",
		"AWS_SESSION_TOKEN=benchmark",
		"AWS_ENDPOINT_URL=" + endpoint,
		contract.EnvDedupTable + "=" + c.Table(),
		"HOME=" + c.command.Dir,
		"PATH=" + os.Getenv("PATH"),
		"LANG=en_US.UTF-8",
		"TZ=:UTC",
	}
}

// functionEnv is this function's own configuration: the product's defaults, no downstream, no log lines but errors.
var functionEnv = []string{
	contract.EnvDedupRetention + "=" + seconds(14*24*time.Hour),
	contract.EnvIngestionQueueURL + "=https://sqs.us-east-1.amazonaws.com/123456789012/bench-cc-eventbridge-ingestion",
	contract.EnvValidationQueueURL + "=https://sqs.us-east-1.amazonaws.com/123456789012/bench-cc-eventbridge-validation",
	contract.EnvQueueVisibilityTimeout + "=" + seconds(6*lambdatest.DefaultTimeout+5*time.Second),
	contract.EnvMessageRetention + "=" + seconds(7*24*time.Hour),
	contract.EnvMaxReceiveCount + "=3",
	contract.EnvDownstreamURL + "=",
	contract.EnvDownstreamSecretARN + "=",
	"LOG_LEVEL=error",
}

// goRuntime is what the stack sets for this memory.
func goRuntime() (env []string) {
	for name, value := range contract.GoRuntime(memoryMB) {
		env = append(env, name+"="+value)
	}
	return env
}

// powertoolsEnv is what Powertools' documentation sets.
var powertoolsEnv = []string{"POWERTOOLS_SERVICE_NAME=bench", "POWERTOOLS_LOG_LEVEL=ERROR"}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
