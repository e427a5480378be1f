// A judge that this project did not write: the note and tlog packages of golang.org/x/mod, which
// guard the checksum database of Go. Around them only what is needed to find tiles and bundles.
//
//	xmod vectors                                  writes test vectors as JSON to stdout
//	xmod check FOLDER VKEY-FILE [OLDER-CHECKPOINT]  judges a folder served as a tiled log
//
// `check` ends with "sound: ..." and 0, or says what is wrong and ends with 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "vectors":
		err = vectors()
	case (len(os.Args) == 4 || len(os.Args) == 5) && os.Args[1] == "check":
		older := ""
		if len(os.Args) == 5 {
			older = os.Args[4]
		}
		err = check(os.Args[2], os.Args[3], older)
	default:
		err = fmt.Errorf("usage: xmod vectors | xmod check FOLDER VKEY-FILE [OLDER-CHECKPOINT]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

func openCheckpoint(file string, verifier note.Verifier) (checkpoint, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return checkpoint{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return checkpoint{}, fmt.Errorf("a checkpoint of %d lines", len(lines))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return checkpoint{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: hash}}, nil
}

// folder reads tiles of height 8 as c2sp.org/tlog-tiles lays them out.
type folder struct {
	root string
	size int64
}

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for at, tile := range tiles {
		// Path gives tile/8/L/N; the specification leaves the height out.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.root, path))
		if err != nil {
			return nil, err
		}
		all[at] = data
	}
	return all, nil
}

func (f folder) entries() ([][]byte, error) {
	var entries [][]byte
	for first := int64(0); first < f.size; first += 256 {
		width := min(256, int(f.size-first))
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: width}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(f.root, path))
		if err != nil {
			return nil, err
		}
		for count := 0; count < width; count++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s ends within entry %d", path, count)
			}
			length := int(binary.BigEndian.Uint16(data))
			entries = append(entries, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("%s has %d bytes too many", path, len(data))
		}
	}
	return entries, nil
}

// sameTiles holds every tile against the one that the entries make: random proofs alone would pass
// over most tiles of a log of some size.
func (f folder) sameTiles(hashes memory) error {
	tiles := tlog.NewTiles(8, 0, f.size)
	found, err := f.ReadTiles(tiles)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	for at, tile := range tiles {
		made, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		if !bytes.Equal(made, found[at]) {
			return fmt.Errorf("%s is not the tile of the entries", tile.Path())
		}
	}
	return nil
}

func check(root, vkeyFile, olderFile string) error {
	vkey, err := os.ReadFile(vkeyFile)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return err
	}
	head, err := openCheckpoint(filepath.Join(root, "checkpoint"), verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if head.origin != verifier.Name() {
		return fmt.Errorf("origin %q, key of %q", head.origin, verifier.Name())
	}
	log := folder{root, head.tree.N}
	reader := tlog.TileHashReader(head.tree, log)
	fromTiles, err := tlog.TreeHash(head.tree.N, reader)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	if fromTiles != head.tree.Hash {
		return fmt.Errorf("the tiles make another root: %v", fromTiles)
	}
	entries, err := log.entries()
	if err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	hashes, err := stored(entries)
	if err != nil {
		return err
	}
	fromEntries, err := tlog.TreeHash(head.tree.N, hashes)
	if err != nil {
		return err
	}
	if fromEntries != head.tree.Hash {
		return fmt.Errorf("the entries make another root: %v", fromEntries)
	}
	if err := log.sameTiles(hashes); err != nil {
		return err
	}
	proofs := 0
	for ; proofs < 200 && head.tree.N > 0; proofs++ {
		index := rand.Int63n(head.tree.N)
		proof, err := tlog.ProveRecord(head.tree.N, index, reader)
		if err != nil {
			return err
		}
		leaf := tlog.RecordHash(entries[index])
		if err := tlog.CheckRecord(proof, head.tree.N, head.tree.Hash, index, leaf); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	if olderFile != "" {
		older, err := openCheckpoint(olderFile, verifier)
		if err != nil {
			return fmt.Errorf("older checkpoint: %w", err)
		}
		proof, err := tlog.ProveTree(head.tree.N, older.tree.N, reader)
		if err != nil {
			return err
		}
		err = tlog.CheckTree(proof, head.tree.N, head.tree.Hash, older.tree.N, older.tree.Hash)
		if err != nil {
			return fmt.Errorf("not consistent with size %d: %w", older.tree.N, err)
		}
	}
	fmt.Printf("sound: size %d, root %v, %d inclusion proofs\n", head.tree.N, head.tree.Hash, proofs)
	return nil
}

type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		hashes[at] = m[index]
	}
	return hashes, nil
}

func stored(entries [][]byte) (memory, error) {
	var all memory
	for index, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(index), entry, all)
		if err != nil {
			return nil, err
		}
		all = append(all, hashes...)
	}
	return all, nil
}

type inclusion struct {
	Index int64    `json:"index"`
	Size  int64    `json:"size"`
	Root  string   `json:"root"`
	Proof []string `json:"proof"`
}

type consistency struct {
	From     int64    `json:"from"`
	To       int64    `json:"to"`
	FromRoot string   `json:"fromRoot"`
	ToRoot   string   `json:"toRoot"`
	Proof    []string `json:"proof"`
}

type signed struct {
	VerifierKey string `json:"verifierKey"`
	Note        string `json:"note"`
}

// vectors are of entries "entry-0", "entry-1", ... and of keys made from a seed.
func vectors() error {
	var entries [][]byte
	for index := 0; index < 1000; index++ {
		entries = append(entries, []byte(fmt.Sprintf("entry-%d", index)))
	}
	all, err := stored(entries)
	if err != nil {
		return err
	}
	root := func(size int64) tlog.Hash {
		hash, err := tlog.TreeHash(size, all)
		if err != nil {
			panic(err)
		}
		return hash
	}
	var out struct {
		Made         string        `json:"made"`
		Inclusions   []inclusion   `json:"inclusions"`
		Consistent   []consistency `json:"consistencies"`
		Notes        []signed      `json:"notes"`
		TilePaths    []string      `json:"tilePaths"`
		TilePathSize int64         `json:"tilePathsOfSize"`
	}
	out.Made = "golang.org/x/mod/sumdb, by infra/judges/xmod"
	random := rand.New(rand.NewSource(1))
	for round := 0; round < 100; round++ {
		size := random.Int63n(1000) + 1
		index := random.Int63n(size)
		proof, err := tlog.ProveRecord(size, index, all)
		if err != nil {
			return err
		}
		out.Inclusions = append(out.Inclusions, inclusion{index, size, root(size).String(), texts(proof)})
		from := random.Int63n(size) + 1
		tree, err := tlog.ProveTree(size, from, all)
		if err != nil {
			return err
		}
		out.Consistent = append(out.Consistent,
			consistency{from, size, root(from).String(), root(size).String(), texts(tree)})
	}
	for round := int64(0); round < 10; round++ {
		seed := bytes.Repeat([]byte{byte(round + 1)}, 64)
		name := fmt.Sprintf("log-%d.invalid/tinh", round)
		signerKey, verifierKey, err := note.GenerateKey(bytes.NewReader(seed), name)
		if err != nil {
			return err
		}
		signer, err := note.NewSigner(signerKey)
		if err != nil {
			return err
		}
		size := round * 111
		text := fmt.Sprintf("%s\n%d\n%v\n", name, size, root(size))
		message, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			return err
		}
		out.Notes = append(out.Notes, signed{verifierKey, string(message)})
	}
	out.TilePathSize = 70_000
	for _, tile := range tlog.NewTiles(8, 0, out.TilePathSize) {
		out.TilePaths = append(out.TilePaths, strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

func texts[T ~[]tlog.Hash](proof T) []string {
	all := make([]string, 0, len(proof))
	for _, hash := range proof {
		all = append(all, base64.StdEncoding.EncodeToString(hash[:]))
	}
	return all
}
