// Command tessera-bench appends made-up entries to a new log of Tessera's POSIX driver and says how
// many it integrated a second, tiles and signed checkpoint on disk: the figure that ours stands beside
// in `npm run bench -- log`.
//
//	tessera-bench FOLDER COUNT BYTES
//
// prints one line of JSON: {"entriesPerSecond": ..., "size": ..., "verifierKey": "..."}.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// As many additions are under way at once as the driver takes into one batch.
const batchEntries = 4096

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 4 {
		return fmt.Errorf("usage: tessera-bench FOLDER COUNT BYTES")
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(os.Args[3])
	if err != nil {
		return err
	}
	secretKey, verifierKey, err := note.GenerateKey(rand.Reader, "bench.invalid/tessera")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secretKey)
	if err != nil {
		return err
	}
	ctx := context.Background()
	driver, err := posix.New(ctx, posix.Config{Path: os.Args[1]})
	if err != nil {
		return err
	}
	appender, shutDown, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(250*time.Millisecond).
		WithBatching(batchEntries, 50*time.Millisecond))
	if err != nil {
		return err
	}
	started := time.Now()
	if err := addAll(ctx, appender, count, size); err != nil {
		return err
	}
	// Ends when a checkpoint over every entry was published.
	if err := shutDown(ctx); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"entriesPerSecond": float64(count) / time.Since(started).Seconds(),
		"size":             count,
		"verifierKey":      verifierKey,
	})
}

func addAll(ctx context.Context, appender *tessera.Appender, count, size int) error {
	pending := make(chan tessera.IndexFuture, 4*batchEntries)
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for future := range pending {
			if _, err := future(); err != nil {
				failed <- err
				return
			}
		}
	}()
	for index := range count {
		entry := make([]byte, size)
		copy(entry, strconv.Itoa(index))
		select {
		case pending <- appender.Add(ctx, tessera.NewEntry(entry)):
		case err := <-failed:
			return err
		}
	}
	close(pending)
	return <-failed
}
