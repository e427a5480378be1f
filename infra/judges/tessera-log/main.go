// Command tessera-log is a log that is not ours, made by the people who wrote the specifications. It
// holds our witness to what another implementation's log expects of one: every checkpoint of it is
// published only when the policy's witnesses have cosigned it.
//
//	tessera-log key KEY-FILE                       makes a key, prints its verifier key
//	tessera-log run FOLDER KEY-FILE POLICY-FILE    a log on Tessera's POSIX driver
//
// A running log reads lines with a number of entries each, appends that many, and answers with one
// line, "published SIZE", when a checkpoint over them stands in FOLDER/checkpoint. It ends with its
// input. What Tessera itself has to say goes to standard error.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const logName = "log.invalid/tessera"

func main() {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "key":
		err = makeKey(os.Args[2])
	case len(os.Args) == 5 && os.Args[1] == "run":
		err = run(os.Args[2], os.Args[3], os.Args[4])
	default:
		err = fmt.Errorf("usage: tessera-log key KEY-FILE | run FOLDER KEY-FILE POLICY-FILE")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func makeKey(file string) error {
	secret, verifier, err := note.GenerateKey(rand.Reader, logName)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		return err
	}
	fmt.Println(verifier)
	return nil
}

func run(folder, keyFile, policyFile string) error {
	secret, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(string(secret))
	if err != nil {
		return err
	}
	policy, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	witnesses, err := tessera.NewWitnessGroupFromPolicy(policy)
	if err != nil {
		return err
	}
	ctx := context.Background()
	driver, err := posix.New(ctx, posix.Config{Path: folder, HTTPClient: http.DefaultClient})
	if err != nil {
		return err
	}
	appender, shutDown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(100*time.Millisecond).
		WithBatching(256, 10*time.Millisecond).
		WithWitnesses(witnesses, &tessera.WitnessOptions{Timeout: 5 * time.Second}))
	if err != nil {
		return err
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 20*time.Millisecond)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		count, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		size, err := grow(ctx, appender, awaiter, count)
		if err != nil {
			return err
		}
		fmt.Printf("published %s\n", size)
	}
	return shutDown(ctx)
}

// grow appends entries and answers with the size of a published checkpoint that covers them all.
func grow(
	ctx context.Context, appender *tessera.Appender, awaiter *tessera.PublicationAwaiter, count int,
) (string, error) {
	var futures []tessera.IndexFuture
	for range count {
		// Entries of Tessera need not differ, but its readers find out more when they do.
		entry := make([]byte, 100)
		if _, err := rand.Read(entry); err != nil {
			return "", err
		}
		futures = append(futures, appender.Add(ctx, tessera.NewEntry(entry)))
	}
	size := ""
	for _, future := range futures {
		_, checkpoint, err := awaiter.Await(ctx, future)
		if err != nil {
			return "", err
		}
		size = strings.Split(string(checkpoint), "\n")[1]
	}
	return size, nil
}
