package decode

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
)

const mebibyte = 1 << 20

// bombOf returns a gzip stream of so many MiB of zeros, which it is to its end: every block, the checksum and the size are
// right. It costs as much as compressing two of them, because a MiB behind another always compresses to the same bytes.
func bombOf(mebibytes int) []byte {
	zeros := make([]byte, mebibyte)
	packed := bytes.NewBuffer([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff})
	packed.Write(block(zeros, nil))
	next := block(zeros, zeros[:32<<10])
	for range mebibytes - 1 {
		packed.Write(next)
	}
	packed.Write([]byte{1, 0, 0, 0xff, 0xff}) // an empty block, which is the last
	size := uint64(mebibytes) * mebibyte
	trailer := binary.LittleEndian.AppendUint32(nil, crcOfZeros(size))
	packed.Write(binary.LittleEndian.AppendUint32(trailer, uint32(size)))
	return packed.Bytes()
}

// block compresses data that comes behind a window, up to a whole byte.
func block(data, window []byte) []byte {
	var compressed bytes.Buffer
	w, err := flate.NewWriterDict(&compressed, flate.BestCompression, window)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return compressed.Bytes()
}

// crcOfZeros is the CRC-32 of so many zero bytes. A zero byte changes the state linearly, so that what n of them do is a
// matrix to the power of n.
func crcOfZeros(n uint64) uint32 {
	var power [32]uint32 // what becomes of each bit of the state
	for bit := range power {
		state := uint32(1) << bit
		power[bit] = crc32.IEEETable[byte(state)] ^ state>>8
	}
	state := ^uint32(0)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			state = times(&power, state)
		}
		var squared [32]uint32
		for bit := range squared {
			squared[bit] = times(&power, power[bit])
		}
		power = squared
	}
	return ^state
}

func times(matrix *[32]uint32, state uint32) uint32 {
	var product uint32
	for bit, column := range matrix {
		if state>>bit&1 == 1 {
			product ^= column
		}
	}
	return product
}
