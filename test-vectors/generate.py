#!/usr/bin/env python3
"""A second implementation of the .dcz format (docs/format.md), written from the specification with Python's standard
library only. It shares no code with the packages.

  generate.py                  writes its own vectors: container/valid/py-*.dcz, container/invalid/*.dcz and huffman/
  generate.py --check [DIR..]  decodes every vector: DIR/*.dcz must hold what DIR/*.json says; without DIR the folders
                               container/valid and container/invalid, where invalid files end in the code of their name,
                               and the symbol streams of huffman/, likewise
  generate.py --write DIR      writes the valid vectors, and some too long to keep, into DIR
"""

import json
import math
import re
import struct
import sys
import zlib
from pathlib import Path

import context_coding
import mixed_bytes
from context_coding import FormatError, need

HERE = Path(__file__).resolve().parent / "container"
FORMAT = Path(__file__).resolve().parent.parent / "docs" / "format.md"
MAGIC = b"\x89DCZ"
CHUNK_BYTES = 1 << 20
KINDS = {1: "raw", 2: "dense", 3: "gaps", 4: "bitmask", 5: "deflated", 6: "planes", 7: "split", 8: "context", 9: "sparse"}
WHOLE_KINDS = (1, 5, 6, 7)
RAW_KINDS = (*WHOLE_KINDS, 9)
NARROWED = 64  # added to the kind of a section whose elements are stored in a narrower type; not to that of codes
CODED_KINDS = (2, 3, 4, 8)
SCALED = 32  # added to the kind of a coded form before whose section scales stand
WRAPPED = 128  # added to the kind of a section whose bytes are deflated, whatever its form; not to that of raw
TYPES = {
    1: ("float32", 32), 2: ("uint8", 8), 3: ("int8", 8), 4: ("uint16", 16), 5: ("int16", 16), 6: ("int32", 32),
    7: ("int64", 64), 9: ("bool", 8), 10: ("float16", 16), 11: ("float64", 64), 12: ("uint32", 32),
    13: ("uint64", 64), 14: ("complex64", 64), 15: ("complex128", 128), 16: ("bfloat16", 16),
    17: ("float8e4m3fn", 8), 18: ("float8e4m3fnuz", 8), 19: ("float8e5m2", 8), 20: ("float8e5m2fnuz", 8),
    21: ("uint4", 4), 22: ("int4", 4), 23: ("float4e2m1", 4), 24: ("float8e8m0", 8),
}  # fmt: skip
CODES = {name: code for code, (name, _) in TYPES.items()}
BYTES, WORDS = ("uint8", "int8"), ("uint8", "int8", "uint16", "int16")
NARROWER = {
    "float64": (*WORDS, "float16", "bfloat16", "uint32", "int32", "float32"), "float32": (*WORDS, "float16", "bfloat16"),
    "float16": BYTES, "bfloat16": BYTES, "int64": (*WORDS, "uint32", "int32"), "int32": WORDS, "int16": BYTES,
    "uint64": ("uint8", "uint16", "uint32"), "uint32": ("uint8", "uint16"), "uint16": ("uint8",),
}  # fmt: skip
FLOATS = {"float16": "e", "float32": "f", "float64": "d"}


# --- Integers, text, checksums -------------------------------------------------------------------------------------


def crc32c_of_byte(crc):
    for _ in range(8):
        crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc


CRC_TABLE = [crc32c_of_byte(byte) for byte in range(256)]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ CRC_TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(string):
    encoded = string.encode("utf-8")
    return varint(len(encoded)) + encoded


class Bytes:
    """Reads bytes in order."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "truncated", f"{count} bytes wanted at {self.at}")
        self.at += count
        return self.data[self.at - count : self.at]

    def u8(self):
        return self.take(1)[0]

    def u16(self):
        return struct.unpack("<H", self.take(2))[0]

    def u32(self):
        return struct.unpack("<I", self.take(4))[0]

    def varint(self, limit=2**53 - 1):
        value, shift = 0, 0
        while True:
            need(shift < 56, "out-of-range", "a varint of more than 8 bytes")
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        need(byte != 0 or shift == 7, "not-canonical", "a varint that is not the shortest")
        need(value < 2**53, "out-of-range", "a varint above 2^53 - 1")
        need(value <= limit, "limit-exceeded", f"{value}, at most {limit}")
        return value

    def utf8(self, length):
        try:
            return self.take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise FormatError("out-of-range", "no valid UTF-8") from None

    def text(self, limit=2**53 - 1):
        return self.utf8(self.varint(limit))

    def left(self):
        return len(self.data) - self.at

    def end(self):
        need(self.left() == 0, "trailing-data", f"{self.left()} bytes left")


# --- Bits ----------------------------------------------------------------------------------------------------------


class BitWriter:
    def __init__(self):
        self.bits = []

    def number(self, value, width):
        self.bits += [value >> i & 1 for i in range(width)]

    def code(self, value, width):
        """A prefix code: most significant bit first."""
        self.bits += [value >> i & 1 for i in reversed(range(width))]

    def unary(self, value):
        self.bits += [1] * value + [0]

    def gamma(self, value):
        exponent = value.bit_length() - 1
        self.unary(exponent)
        self.number(value - (1 << exponent), exponent)

    def bytes(self):
        digits = "".join(map(str, reversed(self.bits)))
        return int(digits or "0", 2).to_bytes((len(digits) + 7) // 8, "little")


class BitReader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def bit(self):
        need(self.at < 8 * len(self.data), "truncated", "a bit is missing")
        self.at += 1
        return self.data[self.at - 1 >> 3] >> (self.at - 1 & 7) & 1

    def number(self, width):
        return sum(self.bit() << i for i in range(width))

    def unary(self, limit, code):
        value = 0
        while self.bit():
            value += 1
            need(value <= limit, code, "a unary number is too long")
        return value

    def gamma(self, limit, code):
        exponent = self.unary(limit.bit_length() - 1, code)
        value = (1 << exponent) + self.number(exponent)
        need(value <= limit, code, "a number in Elias gamma is too large")
        return value

    def end(self):
        need(8 * len(self.data) - self.at < 8, "trailing-data", "bytes behind the bits")
        while self.at < 8 * len(self.data):
            need(self.bit() == 0, "not-canonical", "a padding bit is 1")


def width_of(size):
    return (size - 1).bit_length()


# --- Packed bytes --------------------------------------------------------------------------------------------------


def preset_dictionary():
    """The lines of docs/format.md, "Preset dictionary", end to end; \\x and two digits stand for a byte."""
    block = FORMAT.read_text("utf-8").split("### Preset dictionary", 1)[1].split("```text\n", 1)[1].split("\n```", 1)[0]
    joined = block.replace("\n", "")
    return re.sub(r"\\x(..)", lambda match: chr(int(match[1], 16)), joined).encode("latin-1")


PRESET = preset_dictionary()
WINDOW = 1 << 15


def directory_dictionary(packing):
    return PRESET if packing == DEFLATED else b""


def envelope_dictionary(names):
    return (PRESET + b"".join(map(text, names)))[-WINDOW:]


# Base and extra bits of the codes of lengths and distances.
LENGTHS = [(3 + i, 0) for i in range(8)] + [(3 + (4 + i << extra), extra) for extra in range(1, 6) for i in range(4)]
LENGTHS.append((258, 0))
DISTANCES = [(1 + i, 0) for i in range(4)] + [(1 + (2 + i << extra), extra) for extra in range(1, 14) for i in range(2)]


def deflate(data, dictionary=b""):
    """RFC 1951 by hand: one block with the fixed codes, the first match that three bytes have. Any zlib would do, but
    different ones give different bytes, and the vectors must not change with them."""
    out = BitWriter()
    out.bits += [1, 1, 0]
    start = len(dictionary[-WINDOW:])
    whole, seen, at = dictionary[-WINDOW:] + data, {}, start

    def literal(value):
        for first, last, base, width in ((0, 143, 48, 8), (144, 255, 400, 9), (256, 279, 0, 7), (280, 287, 192, 8)):
            if first <= value <= last:
                out.code(base + value - first, width)

    def enter(place):
        seen[whole[place : place + 3]] = place

    for place in range(start):
        enter(place)
    while at < len(whole):
        match, length = seen.get(whole[at : at + 3]), 0
        if match is not None and at - match <= WINDOW and at + 3 <= len(whole):
            while length < 258 and at + length < len(whole) and whole[match + length] == whole[at + length]:
                length += 1
        if length < 3:
            literal(whole[at])
            length = 1
        else:
            number = max(i for i, (base, _) in enumerate(LENGTHS) if base <= length)
            literal(257 + number)
            out.number(length - LENGTHS[number][0], LENGTHS[number][1])
            number = max(i for i, (base, _) in enumerate(DISTANCES) if base <= at - match)
            out.code(number, 5)
            out.number(at - match - DISTANCES[number][0], DISTANCES[number][1])
        for place in range(at, at + length):
            enter(place)
        at += length
    literal(256)
    return out.bytes()


def inflate(data, length, dictionary=b""):
    need(length <= 1032 * len(data), "truncated", f"{length} bytes cannot be deflated to {len(data)}")
    stream = zlib.decompressobj(wbits=-15, zdict=dictionary) if dictionary else zlib.decompressobj(wbits=-15)
    try:
        plain = stream.decompress(data, length + 1)
    except zlib.error as error:
        raise FormatError("out-of-range", str(error)) from None
    need(len(plain) <= length, "trailing-data", f"more than {length} bytes in a deflate stream")
    need(len(plain) == length, "truncated", f"fewer than {length} bytes in a deflate stream")
    if not stream.eof:
        try:
            need(not stream.decompress(stream.unconsumed_tail, 1), "trailing-data", "a deflate stream goes on")
        except zlib.error as error:
            raise FormatError("out-of-range", str(error)) from None
    need(stream.eof, "truncated", "a deflate stream without an end")
    need(not stream.unused_data and not stream.unconsumed_tail, "trailing-data", "bytes behind a deflate stream")
    return plain


PLAIN, DEFLATED, MIXED = 0, 1, 2


def pack(plain, packing, dictionary):
    """The field `packing`, and the bytes that are stored."""
    if packing == PLAIN:
        return varint(0), plain
    stored = deflate(plain, dictionary) if packing == DEFLATED else mixed_bytes.encode(plain, dictionary)
    return packing_field(packing, len(plain)), stored


def packing_field(packing, length):
    return varint(2 * length + (packing == MIXED))


def read_packing(reader, limit):
    """The kind, and the bytes that packed ones stand for."""
    number = reader.varint(2 * limit + 1)
    if number == 0:
        return PLAIN, None
    packing, length = (MIXED if number % 2 else DEFLATED), number // 2
    need(length <= (mixed_bytes.MAX_MIXED_BYTES if packing == MIXED else limit), "limit-exceeded", f"packed to {length} bytes")
    return packing, length


def unpack(stored, packing, dictionary):
    kind, length = packing
    if kind == MIXED:
        need(length <= 256 * len(stored), "limit-exceeded", f"{length} bytes in a mixed stream of {len(stored)}")
    if kind == PLAIN:
        return stored
    return inflate(stored, length, dictionary) if kind == DEFLATED else mixed_bytes.decode(stored, length, dictionary)


# --- Huffman codes -------------------------------------------------------------------------------------------------


def code_lengths(counts, limit):
    """Package-merge with the ties of docs/format.md, "Code lengths"."""
    order = sorted((s for s in range(len(counts)) if counts[s]), key=lambda s: (counts[s], -s))
    leaves = [(counts[s], True) for s in order]
    lists = [leaves]
    for _ in range(1, limit):
        last = lists[-1]
        packages = [(last[i][0] + last[i + 1][0], False) for i in range(0, len(last) - 1, 2)]
        # sorted() is stable, and leaves stand first: a leaf goes before a package of equal weight.
        lists.append(sorted(leaves + packages, key=lambda item: item[0]))
    lengths = [0] * len(counts)
    take = 2 * len(order) - 2
    for items in reversed(lists):
        chosen = sum(leaf for _, leaf in items[:take])
        for symbol in order[:chosen]:
            lengths[symbol] += 1
        take = 2 * (take - chosen)
    return lengths


def canonical_codes(lengths):
    codes, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - before
        codes[symbol] = (code, length)
        code, before = code + 1, length
    return codes


CODINGS = [(0, None), (0, 3), (1, None), (2, 3)]


def zigzag(value):
    return 2 * value - 1 if value > 0 else -2 * value


def table_entries(lengths):
    entries, previous, kraft, run = [], width_of(len(lengths)), 0, 0
    for length in lengths:
        if length == 0:
            run += 1
            continue
        if run:
            entries.append(("run", run))
            run = 0
        entries.append(("symbol", zigzag(length - previous)))
        previous = length
        kraft += 2.0**-length
        if kraft == 1:
            break
    return entries


def write_table(lengths):
    """The cheapest of the four codings, the first among equals."""
    entries, best = table_entries(lengths), None
    for number, (rice, absent) in enumerate(CODINGS):
        if absent is None and any(kind == "run" for kind, _ in entries):
            continue
        out = BitWriter()
        out.number(number, 2)
        for kind, value in entries:
            rank = absent if kind == "run" else value + (absent is not None and value >= absent)
            out.unary(rank >> rice)
            out.number(rank & (1 << rice) - 1, rice)
            if kind == "run":
                out.gamma(value)
        if best is None or len(out.bits) < len(best.bits):
            best = out
    return best


def read_table(bits, alphabet):
    start = bits.at
    rice, absent = CODINGS[bits.number(2)]
    lengths, symbol, previous, kraft, after_run = [0] * alphabet, 0, width_of(alphabet), 0, False
    while kraft < 1:
        rank = bits.unary(47 >> rice, "invalid-table") << rice
        rank |= bits.number(rice)
        if rank == absent:
            need(not after_run, "invalid-table", "two absent runs in a row")
            exponent = bits.unary(16, "invalid-table")
            symbol += (1 << exponent) + bits.number(exponent)
            need(symbol < alphabet, "invalid-table", "symbols used up")
        else:
            need(symbol < alphabet, "invalid-table", "symbols used up")
            value = rank - 1 if absent is not None and rank > absent else rank
            previous += (value + 1) // 2 if value % 2 else -value // 2
            need(1 <= previous <= 24, "invalid-table", f"a code of {previous} bits")
            kraft += 2.0**-previous
            need(kraft <= 1, "invalid-table", "more codes than there is room for")
            lengths[symbol] = previous
            symbol += 1
        after_run = rank == absent
    again = BitReader(write_table(lengths).bytes())
    count = bits.at - start
    need(len(write_table(lengths).bits) == count, "not-canonical", "a table in another coding")
    bits.at = start
    need(all(bits.bit() == again.bit() for _ in range(count)), "not-canonical", "a table in another coding")
    return lengths


def write_codes(out, symbols, lengths):
    codes = canonical_codes(lengths)
    for symbol in symbols:
        out.code(*codes[symbol])


def read_codes(bits, lengths, count):
    symbols = {code: symbol for symbol, code in canonical_codes(lengths).items()}
    out = []
    for _ in range(count):
        code = length = 0
        while (code, length) not in symbols:
            code, length = code << 1 | bits.bit(), length + 1
        out.append(symbols[code, length])
    return out


# --- Symbol streams ------------------------------------------------------------------------------------------------

STREAM_CHUNK = 65536
MAX_CODES = 256


def quarters(symbols):
    share = -(-len(symbols) // 4)
    return [symbols[i * share : (i + 1) * share] for i in range(4)]


def length_limit(distinct):
    return 12 if distinct <= 1024 else 20


def best_code(counts):
    """The lengths that take the fewest bits with their table."""
    distinct = sum(count > 0 for count in counts)
    longest = length_limit(distinct)
    best = None
    for limit in range(width_of(distinct), 13) if longest == 12 else [longest]:
        lengths = code_lengths(counts, limit)
        size = len(write_table(lengths).bits) + sum(n * length for n, length in zip(counts, lengths))
        if best is None or size < best[0]:
            best = (size, lengths)
    return best[1]


def count_symbols(symbols, alphabet):
    counts = [0] * alphabet
    for symbol in symbols:
        counts[symbol] += 1
    return counts


def encode_symbols(symbols, alphabet):
    """The canonical form up to 65,536 symbols; above that, of the forms with one code, the smallest."""
    if not symbols or alphabet == 1:
        return b""
    plain = encode_without_runs(symbols, alphabet)
    counts = count_symbols(symbols, alphabet)
    dominant = counts.index(max(counts))
    if counts[dominant] == len(symbols) or 2 * counts[dominant] < len(symbols):
        return plain
    runs = encode_runs(symbols, alphabet, dominant)
    return runs if len(runs) < len(plain) else plain


def encode_without_runs(symbols, alphabet):
    if not symbols or alphabet == 1:
        return b""
    counts = count_symbols(symbols, alphabet)
    if max(counts) == len(symbols):
        out = BitWriter()
        out.number(0, 3)
        out.number(symbols[0], width_of(alphabet))
        return out.bytes()
    fixed = encode_fixed(symbols, alphabet)
    lengths = best_code(counts)
    if len(symbols) > STREAM_CHUNK:
        coded = encode_chunks(symbols, [lengths], [0] * -(-len(symbols) // STREAM_CHUNK))
    else:
        out = BitWriter()
        out.number(2, 2)
        out.bits += write_table(lengths).bits
        write_codes(out, symbols, lengths)
        coded = out.bytes()
    return coded if len(coded) < len(fixed) else fixed


def encode_fixed(symbols, alphabet):
    out = BitWriter()
    out.number(1, 2)
    for symbol in symbols:
        out.number(symbol, width_of(alphabet))
    return out.bytes()


def encode_runs(symbols, alphabet, dominant):
    tokens, others, run = [], [], 0
    for symbol in symbols:
        if symbol == dominant:
            run += 1
            continue
        tokens += [255] * (run // 255) + [run % 255]
        others.append(symbol)
        run = 0
    out = BitWriter()
    out.number(4, 3)
    out.number(dominant, width_of(alphabet))
    coded = encode_without_runs(tokens, 256)
    return out.bytes() + varint(len(tokens)) + varint(len(coded)) + coded + encode_without_runs(others, alphabet)


def encode_chunks(symbols, codes, code_of):
    """Several codes, and for each chunk which one."""
    out = BitWriter()
    out.number(3, 2)
    out.gamma(len(codes))
    for lengths in codes:
        out.bits += write_table(lengths).bits
    if len(codes) > 1:
        for code in code_of:
            out.number(code, width_of(len(codes)))
    chunks = []
    for start, code in zip(range(0, len(symbols), STREAM_CHUNK), code_of):
        streams = []
        for part in quarters(symbols[start : start + STREAM_CHUNK]):
            stream = BitWriter()
            write_codes(stream, part, codes[code])
            streams.append(stream.bytes())
        chunks.append(b"".join(struct.pack("<H", len(s)) for s in streams[:3]) + b"".join(streams))
    return out.bytes() + b"".join(varint(len(c)) for c in chunks) + b"".join(chunks)


def decode_symbols(data, alphabet, count, inner=False):
    bits = BitReader(data)
    if count == 0 or alphabet == 1:
        bits.end()
        return [0] * count
    width, form = width_of(alphabet), bits.number(2)
    if form == 0 and bits.bit():
        need(not inner, "out-of-range", "run lengths within run lengths")
        symbols = decode_runs(bits, alphabet, count)
    elif form == 0:
        symbol = bits.number(width)
        bits.end()
        need(symbol < alphabet, "out-of-range", "a symbol outside the alphabet")
        symbols = [symbol] * count
    else:
        need(count <= 8 * len(data), "truncated", "fewer bits than symbols")
        if form == 1:
            symbols = []
            for _ in range(count):
                symbols.append(bits.number(width))
                need(symbols[-1] < alphabet, "out-of-range", "a symbol outside the alphabet")
            bits.end()
        elif form == 2:
            need(count <= STREAM_CHUNK, "out-of-range", "a long stream without chunks")
            symbols = read_codes(bits, read_table(bits, alphabet), count)
            bits.end()
        else:
            need(count > STREAM_CHUNK, "out-of-range", "chunks of few symbols")
            symbols = decode_chunks(bits, alphabet, count)
    if count <= STREAM_CHUNK:
        again = (encode_without_runs if inner else encode_symbols)(symbols, alphabet)
        need(again == data, "not-canonical", "the symbols have another encoding")
    return symbols


def rest_of(bits):
    """The bytes behind the bits read, which zero bits must fill up to a byte."""
    start = (bits.at + 7) // 8
    BitReader(bits.data[:start], bits.at).end()
    return Bytes(bits.data[start:])


def decode_runs(bits, alphabet, count):
    dominant = bits.number(width_of(alphabet))
    need(dominant < alphabet, "out-of-range", "a symbol outside the alphabet")
    rest = rest_of(bits)
    number = rest.varint(count)
    tokens = decode_symbols(rest.take(rest.varint()), 256, number, inner=True)
    others = decode_symbols(rest.take(rest.left()), alphabet, sum(r < 255 for r in tokens), inner=True)
    need(not tokens or tokens[-1] < 255, "not-canonical", "a filler at the end")
    need(dominant not in others, "not-canonical", "the dominant symbol among the others")
    need(sum(tokens) + len(others) <= count, "out-of-range", "more symbols than there are")
    symbols, other = [], iter(others)
    for run in tokens:
        symbols += [dominant] * run
        if run < 255:
            symbols.append(next(other))
    return symbols + [dominant] * (count - len(symbols))


def decode_chunks(bits, alphabet, count):
    sizes = [min(STREAM_CHUNK, count - at) for at in range(0, count, STREAM_CHUNK)]
    exponent = bits.unary(16, "invalid-table")
    number = (1 << exponent) + bits.number(exponent)
    need(number <= min(MAX_CODES, len(sizes)), "limit-exceeded", "too many codes")
    codes = []
    for _ in range(number):
        lengths = read_table(bits, alphabet)
        need(max(lengths) <= length_limit(sum(n > 0 for n in lengths)), "limit-exceeded", "a code is too long")
        codes.append(lengths)
    code_of = [bits.number(width_of(number)) for _ in sizes]
    need(max(code_of) < number, "out-of-range", "a code that is not there")
    need(list(dict.fromkeys(code_of)) == list(range(number)), "not-canonical", "codes not in the order of their first use")
    reader = rest_of(bits)
    lengths_of_chunks, symbols = [reader.varint() for _ in sizes], []
    for size, code, length in zip(sizes, code_of, lengths_of_chunks):
        chunk = Bytes(reader.take(length))
        lengths_of_streams = [chunk.u16() for _ in range(3)]
        for i, part in enumerate(quarters(range(size))):
            stream = BitReader(chunk.take(lengths_of_streams[i] if i < 3 else chunk.left()))
            symbols += read_codes(stream, codes[code], len(part))
            stream.end()
    reader.end()
    return symbols


# --- Tensor forms --------------------------------------------------------------------------------------------------


def element_count(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def to_f32(value):
    """The nearest float32; infinite where none is near."""
    try:
        return f32(value)
    except OverflowError:
        return math.inf


def is_zero(value):
    return struct.pack("<f", value) == b"\0\0\0\0"


def grid_of(centroids):
    """The step and the multiples of it that the centroids are, or None."""
    if any(struct.pack("<f", c) == b"\0\0\0\x80" for c in centroids):
        return None
    magnitude = min((abs(c) for c in centroids if c != 0), default=0)
    difference = min((b - a for a, b in zip(centroids, centroids[1:])), default=0)
    return multiples_of(magnitude, centroids) or multiples_of(to_half(difference), centroids)


def to_half(value):
    try:
        return struct.unpack("<e", struct.pack("<e", value))[0]
    except OverflowError:
        return 0


def multiples_of(step, centroids):
    if not step:
        return None
    multiples = [math.floor(c / step + 0.5) for c in centroids]
    fits = all(abs(m) <= 1 << 24 and to_f32(m * step) == c for m, c in zip(multiples, centroids))
    return (step, multiples) if fits else None


def pack_grid(step, multiples, half):
    out = BitWriter()
    first = multiples[0]
    out.gamma((2 * first - 1 if first > 0 else -2 * first) + 1)
    for before, after in zip(multiples, multiples[1:]):
        out.gamma(after - before)
    return struct.pack("<e" if half else "<f", step) + out.bytes()


def is_half(value):
    try:
        return struct.unpack("<e", struct.pack("<e", value))[0] == value
    except OverflowError:
        return False


def float_bits(value, half):
    return struct.unpack("<H" if half else "<I", struct.pack("<e" if half else "<f", value))[0]


def pack_differences(centroids, half):
    """Zero bits, order, sign and magnitude of the first, then what each is more than the one before, less one."""
    magnitude_bits, field_bits = (15, 4) if half else (31, 5)
    sign = 1 << magnitude_bits
    bits = [float_bits(c, half) for c in centroids]
    zero_bits = 0
    while zero_bits < magnitude_bits and not any(b >> zero_bits & 1 for b in bits):
        zero_bits += 1
    keys = [-1 - (b - sign >> zero_bits) if b & sign else b >> zero_bits for b in bits]
    more = [after - before - 1 for before, after in zip(keys, keys[1:])]
    cost = lambda order: sum(2 * ((m >> order) + 1).bit_length() - 1 + order for m in more)
    order = min(range(magnitude_bits + 1), key=cost)
    out = BitWriter()
    out.number(zero_bits, field_bits)
    out.number(order, field_bits)
    out.number(int(keys[0] < 0), 1)
    out.number(-1 - keys[0] if keys[0] < 0 else keys[0], magnitude_bits - zero_bits)
    for number in more:
        out.gamma((number >> order) + 1)
        out.number(number & (1 << order) - 1, order)
    return out.bytes()


def pack_list(centroids, half):
    return struct.pack(f"<{len(centroids)}{'e' if half else 'f'}", *centroids)


def pack_centroids(centroids, half):
    """The first of list, grid and differences that takes the fewest bytes; centroids that are no float16 are a grid there."""
    rounded = half and not all(map(is_half, centroids))
    grid = grid_of(centroids)
    codings = [] if rounded else [(0, pack_list(centroids, half))]
    if grid and (not half or is_half(grid[0])):
        codings.append((1, pack_grid(*grid, half)))
    if centroids and not rounded:
        codings.append((2, pack_differences(centroids, half)))
    coding, packed = min(codings, key=lambda one: len(one[1]))
    return varint([4 * len(centroids), 2 * len(centroids) + 1, 4 * len(centroids) + 2][coding]) + packed


def read_centroids(reader, half, limit):
    start = reader.at
    head = reader.varint(4 * limit + 2)
    read = [read_list, read_grid, read_differences, read_grid][head % 4]
    count = head // 2 if head & 1 else head // 4
    need(count <= limit, "limit-exceeded", "too many centroids")
    values = read(reader, half, count)
    for i, value in enumerate(values):
        need(abs(value) < float("inf"), "out-of-range", "a centroid that is not finite")
        need(i == 0 or value > values[i - 1], "not-canonical", "centroids that do not ascend")
    need(reader.data[start : reader.at] == pack_centroids(values, half), "not-canonical", "not the shortest codebook")
    return values


def read_list(reader, half, count):
    return list(struct.unpack(f"<{count}{'e' if half else 'f'}", reader.take(count * (2 if half else 4))))


def read_grid(reader, half, count):
    (step,) = struct.unpack("<e" if half else "<f", reader.take(2 if half else 4))
    need(0 < step < float("inf"), "out-of-range", "a step that is not above 0 or not finite")
    bits = BitReader(reader.data[reader.at :])
    values, multiple = [], 0
    for i in range(count):
        number = bits.gamma((2 << 24) + 1, "out-of-range")
        coded = number - 1
        multiple = multiple + number if i else (coded + 1) // 2 if coded & 1 else -coded // 2
        need(abs(multiple) <= 1 << 24, "out-of-range", "a multiple out of range")
        values.append(to_f32(multiple * step))
    take_bits(reader, bits)
    return values


def read_differences(reader, half, count):
    need(count > 0, "not-canonical", "differences of no centroids")
    magnitude_bits, field_bits = (15, 4) if half else (31, 5)
    infinity = 0x7C00 if half else 0x7F800000
    bits = BitReader(reader.data[reader.at :])
    zero_bits, order = bits.number(field_bits), bits.number(field_bits)
    values = []
    for i in range(count):
        if i:
            key += (bits.gamma((1 << 32) - 1, "out-of-range") - 1 << order) + bits.number(order) + 1
        else:
            negative, magnitude = bits.bit(), bits.number(magnitude_bits - zero_bits)
            key = -1 - magnitude if negative else magnitude
        number = (-1 - key if key < 0 else key) << zero_bits
        need(number < infinity, "out-of-range", "a centroid that is not finite")
        whole = struct.pack("<H" if half else "<I", number | (key < 0) << magnitude_bits)
        values.append(struct.unpack("<e" if half else "<f", whole)[0])
    take_bits(reader, bits)
    return values


def take_bits(reader, bits):
    """Passes by the whole bytes of the bits that were read."""
    length = bits.at + 7 >> 3
    BitReader(bits.data[:length], bits.at).end()
    reader.take(length)


def write_maps(rows, columns):
    maps = [lines for lines in (rows, columns) if lines is not None]
    if any(max(lines) > 1 for lines in maps):
        streams = [encode_symbols(list(lines), 16) for lines in maps]
        return b"".join(varint(len(stream)) + stream for stream in streams)
    out = BitWriter()
    for live in maps:
        runs = []
        for i, bit in enumerate(live):
            if i and bit == live[i - 1]:
                runs[-1] += 1
            else:
                runs.append(1)
        coded = BitWriter()
        coded.number(1, 1)
        coded.number(live[0], 1)
        for run in runs:
            coded.gamma(run)
        plain = BitWriter()
        plain.bits = [0] + list(live)
        out.bits += coded.bits if len(coded.bits) < len(plain.bits) else plain.bits
    return out.bytes()


def read_maps(data, rows, columns):
    """Of live lines. `rows` and `columns` are numbers of lines, or None for no map."""
    bits, maps = BitReader(data), []
    for lines in (rows, columns):
        if lines is None:
            maps.append(None)
            continue
        if bits.bit() == 0:
            live = [bits.bit() for _ in range(lines)]
        else:
            live, bit = [], bits.bit()
            while len(live) < lines:
                exponent = bits.unary(31, "out-of-range")
                run = (1 << exponent) + bits.number(exponent)
                need(len(live) + run <= lines, "out-of-range", "a run of lines is too long")
                live += [bit] * run
                bit = 1 - bit
        need(0 in live, "not-canonical", "a map that leaves out no line")
        maps.append(live)
    length = (bits.at + 7) // 8
    need(write_maps(*maps) == data[:length], "not-canonical", "maps that are not the shortest")
    return maps, length


def read_class_maps(data, rows, columns):
    reader, maps = Bytes(data), []
    for lines in (rows, columns):
        if lines is None:
            maps.append(None)
            continue
        classes = decode_symbols(reader.take(reader.varint()), 16, lines)
        need(set(classes) >= set(range(1, max(classes) + 1)), "not-canonical", "a class left out")
        need(0 in classes or 2 in classes, "not-canonical", "a map that says nothing")
        maps.append(classes)
    need(any(2 in lines for lines in maps if lines), "not-canonical", "classes that are maps of live lines")
    return maps, reader.at


def walk(shape, order, row_classes, column_classes, levels=None):
    """Row-major positions in the order of the walk: block by block, those of lower levels first."""
    rows = 1 if len(shape) < 2 else shape[0]
    columns = element_count(shape) // rows

    def groups(count, classes):
        classes = classes or [1] * count
        return [[i for i in range(count) if classes[i] == c] for c in range(1, 16)]

    row_groups = [lines for lines in groups(rows, row_classes) if lines]
    column_groups = [lines for lines in groups(columns, column_classes) if lines]
    blocks = [(r, c) for r in row_groups for c in column_groups]
    if levels:
        blocks = [blocks[i] for i in sorted(range(len(blocks)), key=lambda i: levels[i])]
    places = []
    for block_rows, block_columns in blocks:
        if order == "row-major":
            places += [r * columns + c for r in block_rows for c in block_columns]
        else:
            places += [r * columns + c for c in block_columns for r in block_rows]
    return places


def encode_dense(values, half):
    centroids = sorted(set(values))
    codes = [centroids.index(value) for value in values]
    return bytes([half]) + pack_centroids(centroids, half) + encode_symbols(codes, len(centroids))


def layout_flags(order, rows, columns):
    classes = max((rows or [0]) + (columns or [0])) > 1
    return (2 if order == "column-major" else 0) | (4 if rows else 0) | (8 if columns else 0) | (128 if classes else 0)


def encode_gaps(values, shape, half, gap_bits, order="row-major", rows=None, columns=None):
    walked = [values[i] for i in walk(shape, order, rows, columns)]
    centroids = sorted({value for value in walked if value != 0})
    negative = sum(c < 0 for c in centroids)
    symbols = centroids[:negative] + [0.0] + centroids[negative:]
    codes, gaps, position = [], [], -1
    for i, value in enumerate(walked):
        if value == 0:
            continue
        while i - position > 1 << gap_bits:
            codes.append(negative)
            gaps.append((1 << gap_bits) - 1)
            position += 1 << gap_bits
        codes.append(symbols.index(value))
        gaps.append(i - position - 1)
        position = i
    flags = half | layout_flags(order, rows, columns) | gap_bits - 1 << 4
    stream = encode_symbols(codes, len(symbols))
    head = bytes([flags]) + varint(len(codes)) + pack_centroids(centroids, half) + write_maps(rows, columns)
    return head + varint(len(stream)) + stream + encode_symbols(gaps, 1 << gap_bits)


def encode_bitmask(values, shape, half, order="row-major", rows=None, columns=None):
    walked = [values[i] for i in walk(shape, order, rows, columns)]
    centroids = sorted({value for value in walked if value != 0})
    mask = BitWriter()
    mask.bits = [int(value != 0) for value in walked]
    codes = [centroids.index(value) for value in walked if value != 0]
    stream = encode_symbols(list(mask.bytes()), 256)
    head = bytes([half | layout_flags(order, rows, columns)]) + pack_centroids(centroids, half)
    return head + write_maps(rows, columns) + varint(len(stream)) + stream + encode_symbols(codes, max(1, len(centroids)))


def encode_scales(rows=None, columns=None):
    """Scales that a float16 holds."""
    out = bytes([(1 if rows else 0) | (2 if columns else 0)])
    for scales in (rows, columns):
        if scales:
            halves = struct.pack(f"<{len(scales)}e", *scales)
            for stream in (encode_symbols(list(halves[1::2]), 256), encode_symbols(list(halves[::2]), 256)):
                out += varint(len(stream)) + stream
    return out


def read_scales(reader, count):
    high, low = (decode_symbols(reader.take(reader.varint()), 256, count) for _ in range(2))
    halves = [256 * first + second for first, second in zip(high, low)]
    need(all(0 < half < 0x7C00 for half in halves), "out-of-range", "a scale that is not finite and above 0")
    return struct.unpack(f"<{count}e", struct.pack(f"<{count}H", *halves))


def decode_unscaled(form, data, shape):
    return decode_context(data, shape) if form == "context" else decode_coded(form, data, shape)


def decode_scaled(form, type_name, data, shape):
    need(element_count(shape) > 0, "out-of-range", "a scaled tensor without elements")
    reader = Bytes(data)
    lines = reader.u8()
    need(lines in (1, 2, 3), "out-of-range", f"scales of lines {lines}")
    rows = 1 if len(shape) < 2 else shape[0]
    columns = element_count(shape) // rows
    by_row = read_scales(reader, rows) if lines & 1 else [1.0] * rows
    by_column = read_scales(reader, columns) if lines & 2 else [1.0] * columns
    values, centroids = decode_unscaled(form, data[reader.at :], shape)
    greatest = f32(max(by_row) * max(by_column))
    pack_elements(type_name, [to_f32(greatest * centroid) for centroid in centroids])  # all are finite
    return [f32(f32(by_row[i // columns] * by_column[i % columns]) * value) for i, value in enumerate(values)]


def encode_sorted_mask(values, shape, half, run_bytes, levels, order="row-major", rows=None, columns=None):
    """A bitmask whose submatrices have levels; its first bytes are told by runs."""
    walked = [values[i] for i in walk(shape, order, rows, columns, levels)]
    centroids = sorted({value for value in walked if value != 0})
    mask = BitWriter()
    mask.bits = [int(value != 0) for value in walked]
    codes = [centroids.index(value) for value in walked if value != 0]
    tokens = run_tokens(mask.bits[: 8 * run_bytes])
    head = bytes([half | layout_flags(order, rows, columns) | 16]) + pack_centroids(centroids, half)
    maps = write_maps(rows, columns)
    streams = [encode_symbols(levels, 16), encode_symbols(tokens, 256), encode_symbols(list(mask.bytes()[run_bytes:]), 256)]
    levels, runs, rest = (varint(len(stream)) + stream for stream in streams)
    counts = varint(run_bytes) + varint(len(tokens))
    return head + maps + levels + counts + runs + rest + encode_symbols(codes, max(1, len(centroids)))


def run_tokens(bits):
    tokens, run = [], 0
    for bit in bits:
        if bit:
            tokens += [255] * (run // 255) + [run % 255]
            run = 0
        else:
            run += 1
    return tokens


def bits_of_runs(tokens, count):
    bits = []
    for token in tokens:
        bits += [0] * token + [1] * (token < 255)
        need(len(bits) <= count or token == 255, "out-of-range", "a one behind the bytes of the runs")
    need(not tokens or tokens[-1] < 255, "not-canonical", "a run without a one behind it")
    return bits + [0] * (count - len(bits))


def read_levels(reader, row_classes, column_classes):
    count = max(row_classes or [1]) * max(column_classes or [1])
    levels = decode_symbols(reader.take(reader.varint()), 16, count)
    need(max(levels, default=0) > 0, "not-canonical", "one level")
    need(set(levels) == set(range(max(levels) + 1)), "not-canonical", "a level left out")
    return levels


def bands_of(shape, grid, lowest, highest):
    """Of each band the matrix and the first element."""
    rows = 1 if len(shape) < 2 else shape[0]
    columns = element_count(shape) // rows
    most = max(1, (1 << 21) // columns)
    starts = range(0, rows, most)
    same = {"columns": columns, "grid": grid, "lowest": lowest, "highest": highest, "free": 65536 // len(starts)}
    return [(row * columns, {**same, "rows": min(most, rows - row)}) for row in starts]


def encode_context(values, shape, half, grid=None, lie=None, center=None):
    """`lie`: what an invalid section says otherwise: its flags, or of a band as context_coding.encode. `center`: the value of rank 0."""
    lie = lie or {}
    symbols = sorted({*values} | ({0.0} if center is None else set()))
    below = symbols.index(center or 0.0)
    ranks = {value: i - below for i, value in enumerate(symbols)}
    streams = []
    for start, matrix in bands_of(shape, grid, -below, len(symbols) - 1 - below):
        own = values[start : start + matrix["rows"] * matrix["columns"]]
        streams.append(context_coding.encode({**matrix, "values": [ranks[value] for value in own]}, lie))
    flags = half | (2 if grid else 0) | (0 if center is None else 4)
    head = bytes([lie.get("flags", flags)])
    head += pack_centroids([value for value in symbols if center is not None or value != 0], half)
    head += b"" if center is None else varint(below)
    head += b"".join(varint(size) for size in grid or ())
    return head + b"".join(varint(len(stream)) for stream in streams[:-1]) + b"".join(streams)


def decode_context(data, shape):
    elements = element_count(shape)
    need(elements > 0, "out-of-range", "a coded tensor without elements")
    reader = Bytes(data)
    flags = reader.u8()
    need(flags < 8, "out-of-range", "unknown flags")
    centroids = read_centroids(reader, flags & 1, 65535 if flags & 4 else 65534)
    below, symbols = sum(c < 0 for c in centroids), centroids
    if flags & 4:
        below = reader.varint()
        need(below < len(centroids), "out-of-range", "no such center")
    else:
        need(0.0 not in centroids, "not-canonical", "0 in the codebook")
        symbols = centroids[:below] + [0.0] + centroids[below:]
    above = len(symbols) - 1 - below
    need(max(below, above) <= 32767, "limit-exceeded", "too many centroids on a side of the center")
    rows = 1 if len(shape) < 2 else shape[0]
    columns = elements // rows
    need(columns <= 1 << 20, "limit-exceeded", f"{columns} columns")
    grid = None
    if flags & 2:
        grid = [reader.varint(), reader.varint()]
        places = grid[0] * grid[1]
        need(places and columns % places == 0, "out-of-range", f"a grid of {grid} for {columns} columns")
        need(places > 1, "not-canonical", "a grid of one place")
    bands = bands_of(shape, grid, -below, above)
    lengths = [reader.varint() for _ in bands[1:]]
    streams = [reader.take(length) for length in lengths]
    streams.append(reader.take(reader.left()))
    values = []
    for stream, (_, matrix) in zip(streams, bands):
        values += [symbols[rank + below] for rank in context_coding.decode(stream, matrix)]
    need(set(centroids) <= set(values), "not-canonical", "a centroid without an element")
    return values, centroids


ALLOWED_FLAGS = {"dense": 0x01, "gaps": 0xFF, "bitmask": 0x9F, "sparse": 0x8E}


def read_line_maps(reader, flags, data, shape, has_levels=False):
    """The places that the scan meets, in its order."""
    rows = 1 if len(shape) < 2 else shape[0]
    row_classes = column_classes = None
    if flags & 12:
        rest = data[reader.at :]
        read = read_class_maps if flags & 128 else read_maps
        (row_classes, column_classes), length = read(
            rest, rows if flags & 4 else None, element_count(shape) // rows if flags & 8 else None
        )
        reader.take(length)
    levels = read_levels(reader, row_classes, column_classes) if has_levels else None
    return walk(shape, "column-major" if flags & 2 else "row-major", row_classes, column_classes, levels)


def decode_coded(form, data, shape):
    """The elements, and the centroids as they are stored."""
    elements = element_count(shape)
    need(elements > 0, "out-of-range", "a coded tensor without elements")
    reader = Bytes(data)
    flags = reader.u8()
    need(flags & ~ALLOWED_FLAGS[form] == 0, "out-of-range", "unknown flags")
    need(not flags & 128 or flags & 12, "out-of-range", "classes of no lines")
    has_levels = form == "bitmask" and flags & 16
    need(not has_levels or flags & 128, "out-of-range", "levels without classes")
    half = flags & 1
    entries = reader.varint(elements) if form == "gaps" else elements
    centroids = read_centroids(reader, half, 65535 if form == "gaps" else 65536)
    if form == "dense":
        codes = decode_symbols(reader.take(reader.left()), max(1, len(centroids)), elements)
        need(set(codes) == set(range(len(centroids))), "not-canonical", "a centroid without a code, or the reverse")
        return [centroids[code] for code in codes], centroids
    need(0.0 not in centroids, "not-canonical", "0 in the codebook")
    places = read_line_maps(reader, flags, data, shape, has_levels)
    values = [0.0] * elements
    runs, mask_bytes = [], (len(places) + 7) // 8
    if has_levels:
        run_bytes = reader.varint(mask_bytes)
        token_count = reader.varint(8 * run_bytes)
        tokens = decode_symbols(reader.take(reader.varint()), 256, token_count)
        runs = bits_of_runs(tokens, 8 * run_bytes)
        mask_bytes -= run_bytes
    first = reader.take(reader.varint())
    second = reader.take(reader.left())
    if form == "bitmask":
        mask = BitWriter()
        mask.bits = runs
        bits = BitReader(mask.bytes() + bytes(decode_symbols(first, 256, mask_bytes)))
        set_bits = [place for place in places if bits.bit()]
        bits.end()
        codes = decode_symbols(second, max(1, len(centroids)), len(set_bits))
        need(set(codes) == set(range(len(centroids))), "not-canonical", "a centroid without a code, or the reverse")
        for place, code in zip(set_bits, codes):
            values[place] = centroids[code]
        return values, centroids
    zero = sum(c < 0 for c in centroids)
    symbols = centroids[:zero] + [0.0] + centroids[zero:]
    longest = (1 << (flags >> 4 & 7) + 1) - 1
    gaps = decode_symbols(second, longest + 1, entries)
    codes = decode_symbols(first, len(symbols), entries)
    need(set(codes) | {zero} == set(range(len(symbols))), "not-canonical", "a centroid without a code")
    position = -1
    for i, (code, gap) in enumerate(zip(codes, gaps)):
        position += gap + 1
        if code == zero:
            need(gap == longest and i < entries - 1, "not-canonical", "a filler where none must be")
        else:
            need(position < len(places), "out-of-range", "an entry past the end")
            values[places[position]] = symbols[code]
    return values, centroids


# --- Elements of other types ---------------------------------------------------------------------------------------


def number_type(name):
    """The type as whose numbers elements are coded; of bool and floats of 8 and 4 bits the unsigned integers of as many bits."""
    if name == "bool" or name.startswith("float8"):
        return "uint8"
    return "uint4" if name == "float4e2m1" else name


def pack_elements(name, values):
    """Numbers as elements, rounded to the nearest of floats; all others must be there."""
    name = number_type(name)
    bits = TYPES[CODES[name]][1]
    patterns = [element_bits(name, bits, value) for value in values]
    if bits % 8 == 0:
        return b"".join(pattern.to_bytes(bits // 8, "little") for pattern in patterns)
    out = BitWriter()
    for pattern in patterns:
        out.number(pattern, bits)
    return out.bytes()


def element_bits(name, bits, value):
    need(math.isfinite(value), "out-of-range", f"{value} is no {name}")
    if name == "bfloat16":
        pattern = struct.unpack("<I", struct.pack("<f", value))[0]
        pattern = pattern + 0x7FFF + (pattern >> 16 & 1) >> 16
        need(pattern & 0x7F80 != 0x7F80, "out-of-range", f"{value} is no {name}")
        return pattern
    if name in FLOATS:
        try:
            return int.from_bytes(struct.pack("<" + FLOATS[name], value), "little")
        except OverflowError:
            need(False, "out-of-range", f"{value} is no {name}")
    least, most = (0, (1 << bits) - 1) if name.startswith("u") else (-(1 << bits - 1), (1 << bits - 1) - 1)
    is_minus_zero = value == 0 and math.copysign(1, value) < 0
    need(value == int(value) and least <= value <= most and not is_minus_zero, "out-of-range", f"{value} is no {name}")
    return int(value) & (1 << bits) - 1


def unpack_elements(name, data):
    """The mirror, of types that others may be narrowed to."""
    size = TYPES[CODES[name]][1] // 8
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    if name == "bfloat16":
        return [struct.unpack("<f", b"\0\0" + part)[0] for part in parts]
    if name in FLOATS:
        return [struct.unpack("<" + FLOATS[name], part)[0] for part in parts]
    return [int.from_bytes(part, "little", signed=name.startswith("i")) for part in parts]


def narrowed(kind, name, data):
    """A section of a kind, of elements of the narrower type `name`, as that of a wider one."""
    return NARROWED + kind, bytes([CODES[name]]) + data


def decode_narrowed(form, data, shape, name):
    reader = Bytes(data)
    code = reader.u8()
    inner = TYPES.get(code, ("",))[0]
    need(inner in NARROWER.get(name, ()), "out-of-range", f"{name} in type {code}")
    bits = TYPES[code][1]
    elements = decode_raw(form, reader.take(reader.left()), shape, bits)
    return pack_elements(name, unpack_elements(inner, elements))


def encode_sparse(data, size, shape, kind, encode, order="row-major", rows=None, columns=None):
    """`encode`: what makes a section of `kind` of the elements that are stored."""
    places = walk(shape, order, rows, columns)
    elements = [data[size * place : size * (place + 1)] for place in places]
    mask = BitWriter()
    mask.bits = [int(any(element)) for element in elements]
    stream = encode_symbols(list(mask.bytes()), 256)
    head = bytes([layout_flags(order, rows, columns)]) + write_maps(rows, columns)
    return head + varint(len(stream)) + stream + bytes([kind]) + encode(b"".join(e for e in elements if any(e)))


def decode_sparse(data, shape, bits):
    need(bits >= 8, "out-of-range", f"{bits} bits are sparse")
    need(element_count(shape) > 0, "out-of-range", "a tensor without elements is sparse")
    reader, size = Bytes(data), bits // 8
    flags = reader.u8()
    need(flags & ~ALLOWED_FLAGS["sparse"] == 0, "out-of-range", "unknown flags")
    need(not flags & 128 or flags & 12, "out-of-range", "classes of no lines")
    places = read_line_maps(reader, flags, data, shape)
    mask = decode_symbols(reader.take(reader.varint()), 256, (len(places) + 7) // 8)
    set_bits = BitReader(bytes(mask))
    places = [place for place in places if set_bits.bit()]
    set_bits.end()
    kind = reader.u8()
    need(kind in WHOLE_KINDS, "out-of-range", f"elements of kind {kind}")
    stored = decode_raw(KINDS[kind], reader.take(reader.left()), [len(places)], bits)
    elements = bytearray(size * element_count(shape))
    for i, place in enumerate(places):
        element = stored[size * i : size * (i + 1)]
        need(any(element), "not-canonical", "an element that is stored is all zero bits")
        elements[size * place : size * (place + 1)] = element
    return bytes(elements)


# --- The container -------------------------------------------------------------------------------------------------


def chunk_crcs(data):
    return b"".join(struct.pack("<I", crc32c(data[i : i + CHUNK_BYTES])) for i in range(0, len(data), CHUNK_BYTES))


def write_model(kind, plain, dictionary, packing):
    """The fields of the directory and the bytes of the file."""
    record, stored = pack(plain, packing, dictionary)
    return bytes([kind]) + varint(len(stored)) + record + chunk_crcs(stored), stored


def write_tensors(tensors):
    out = varint(len(tensors))
    for name, type_code, shape, sections in tensors:
        out += text(name) + bytes([type_code, len(shape)]) + b"".join(map(varint, shape))
        if isinstance(sections, int):  # the number of the tensor that this one repeats
            out += b"\0" + varint(sections)
            continue
        out += bytes([len(sections)])
        for kind, data in sections:
            out += bytes([kind]) + varint(len(data)) + chunk_crcs(data)
    return out


def write_directory(metadata, tensors, model=b"\0", packing=PLAIN):
    out = varint(len(metadata))
    for key, value in metadata:
        out += text(key) + text(value)
    out += model + write_tensors(tensors)
    record, stored = pack(out, packing, directory_dictionary(packing))
    return record + stored


def write_header(directory, version=1):
    head = MAGIC + bytes([version]) + struct.pack("<I", len(directory))
    return head + struct.pack("<I", crc32c(head + directory))


def write_container(tensors, metadata=(), graph=b"", envelope=b"", packings=(PLAIN, PLAIN)):
    """`packings`: those of the directory and of the model."""
    metadata = sorted(metadata, key=lambda entry: entry[0].encode("utf-8"))
    fields, stored = b"\0", b""
    if graph:
        fields, stored = write_model(1, graph, PRESET, packings[1])
    if envelope:
        fields, stored = write_model(2, envelope, envelope_dictionary([name for name, *_ in tensors]), packings[1])
    directory = write_directory(metadata, tensors, fields, packings[0])
    return write_header(directory) + directory + stored + section_bytes(tensors)


def section_bytes(tensors):
    return b"".join(data for *_, sections in tensors if not isinstance(sections, int) for _, data in sections)


def wrapped(kind, data):
    """A section of a kind and its bytes as a wrapped one."""
    return WRAPPED + kind, varint(len(data)) + deflate(data)


def unwrap(kind, data, shape):
    if kind < WRAPPED:
        return data
    reader = Bytes(data)
    length = reader.varint(64 + 16 * element_count(shape))
    return inflate(reader.take(reader.left()), length)


def is_raw(kind):
    return kind & 31 in RAW_KINDS


def is_known(kind):
    form = kind & 31
    if form not in KINDS or (form == 1 and kind & WRAPPED):
        return False
    return not kind & (NARROWED if form in CODED_KINDS else SCALED)


def read_range(reader):
    length = reader.varint()
    return length, reader.take(4 * -(-length // CHUNK_BYTES))


MODEL_LIMITS = {1: 1 << 26, 2: 1 << 30}


def read_model_fields(reader):
    kind = reader.u8()
    need(kind <= 2, "out-of-range", f"a model of kind {kind}")
    if kind == 0:
        return 0, 0, (PLAIN, None), b""
    length = reader.varint(MODEL_LIMITS[kind])
    need(length > 0, "out-of-range", "a model without bytes")
    packing = read_packing(reader, MODEL_LIMITS[kind])
    return kind, length, packing, reader.take(4 * -(-length // CHUNK_BYTES))


def read_directory(data):
    reader = Bytes(data)
    packing = read_packing(reader, 1 << 26)
    reader = Bytes(unpack(reader.take(reader.left()), packing, directory_dictionary(packing[0])))
    metadata = {}
    for _ in range(reader.varint()):
        key, value = reader.text(), reader.text()
        last = list(metadata)[-1].encode("utf-8") if metadata else None
        need(key not in metadata, "duplicate-name", f"two metadata keys {key!r}")
        need(last is None or last < key.encode("utf-8"), "not-canonical", "metadata keys out of order")
        metadata[key] = value
    model = read_model_fields(reader)
    tensors, names = [], set()
    spare = 1 << 24
    for _ in range(reader.varint(1 << 20)):
        name = reader.text(65535)
        type_code = reader.u8()
        need(type_code != 0, "out-of-range", "element type 0")
        rank = reader.u8()
        need(rank <= 32, "limit-exceeded", f"rank {rank}")
        shape = [reader.varint() for _ in range(rank)]
        need(element_count(shape) < 2**53, "limit-exceeded", "too many elements")
        count = reader.u8()
        need(count <= 16, "limit-exceeded", f"{count} sections")
        if count == 0:
            sections = reader.varint()
            need(sections < len(tensors), "out-of-range", f"{name} repeats a tensor that is not before it")
            _, other_type, other_shape, others = tensors[sections]
            need(not isinstance(others, int), "out-of-range", f"{name} repeats one that repeats another")
            need((other_type, other_shape) == (type_code, shape), "out-of-range", f"{name} repeats another shape")
            spare -= element_count(shape)
        else:
            sections = [(reader.u8(), *read_range(reader)) for _ in range(count)]
            spare += element_count(shape)
        need(name not in names, "duplicate-name", f"two tensors {name!r}")
        names.add(name)
        tensors.append((name, type_code, shape, sections))
    reader.end()
    need(spare >= 0, "limit-exceeded", "too many elements of tensors that repeat others")
    return metadata, model, tensors


def decode(data):
    """What a file holds, as JSON that describes it."""
    need(data[:4] == MAGIC[: len(data)], "bad-magic", "no .dcz file")
    need(len(data) >= 5, "truncated", "no version")
    header = Bytes(data)
    header.take(4)
    version = header.u8()
    need(version == 1, "unsupported-version", f"version {version}")
    length, crc = header.u32(), header.u32()
    need(length <= 1 << 26, "limit-exceeded", "a directory too long")
    directory = header.take(length)
    need(crc32c(data[:9] + directory) == crc, "bad-checksum", "directory")
    metadata, (kind, model_length, model_packing, model_crcs), tensors = read_directory(directory)
    own = [tensor for tensor in tensors if not isinstance(tensor[3], int)]
    end = header.at + model_length + sum(length for *_, sections in own for _, length, _ in sections)
    need(end <= len(data), "truncated", f"{end} bytes expected, got {len(data)}")
    need(end == len(data), "trailing-data", f"{end} bytes expected, got {len(data)}")
    for tensor in own:
        check_sections(*tensor)
    check_unfolding(own)
    model = header.take(model_length)
    need(chunk_crcs(model) == model_crcs, "bad-checksum", "model")
    names = [name for name, *_ in tensors]
    model = unpack(model, model_packing, PRESET if kind == 1 else envelope_dictionary(names))
    envelope = decode_envelope(model, tensors) if kind == 2 else None
    decoded = []
    for name, type_code, shape, sections in tensors:
        if isinstance(sections, int):
            decoded.append({**decoded[sections], "name": name, "repeats": sections})
        else:
            decoded.append(decode_tensor(header, name, type_code, shape, sections))
    content = {"metadata": metadata, "graph": decode_graph(model, names) if kind == 1 else None, "tensors": decoded}
    return content if envelope is None else {**content, "envelope": envelope}


def check_sections(name, type_code, shape, sections):
    need(len(sections) == 1, "out-of-range", f"{name}: {len(sections)} sections")
    kind = sections[0][0]
    need(type_code in TYPES, "out-of-range", f"{name}: type {type_code}")
    need(is_known(kind), "out-of-range", f"{name}: kind {kind}")
    need(is_raw(kind) or type_code not in (14, 15), "out-of-range", f"{name}: {TYPES[type_code][0]} in codes")
    need(not kind & SCALED or TYPES[type_code][0] in (*FLOATS, "bfloat16"), "out-of-range", f"{name}: scaled {TYPES[type_code][0]}")


def check_unfolding(tensors):
    excess = 0
    for name, _, shape, sections in tensors:
        if all(kind & ~NARROWED in WHOLE_KINDS for kind, *_ in sections):
            continue
        elements = element_count(shape)
        excess += max(0, elements - 4096 * sum(length for _, length, _ in sections))
        need(excess <= 1 << 24 and elements <= 1 << 32, "limit-exceeded", f"{name}: more elements than bytes justify")


def decode_tensor(reader, name, type_code, shape, sections):
    kind, length, crcs = sections[0]
    data = reader.take(length)
    need(chunk_crcs(data) == crcs, "bad-checksum", name)
    type_name, bits = TYPES[type_code]
    form = KINDS[kind & 31]
    data = unwrap(kind, data, shape)
    if kind & NARROWED:
        data = decode_narrowed(form, data, shape, type_name)
    elif is_raw(kind):
        data = decode_raw(form, data, shape, bits)
    else:
        values = decode_scaled(form, type_name, data, shape) if kind & SCALED else decode_unscaled(form, data, shape)[0]
        data = pack_elements(type_name, values)
    found = {"name": name, "type": type_name, "shape": shape, "form": form, **describe(data)}
    told = {"scaled": True} if kind & SCALED else {}
    told.update({"wrapped": True} if kind & WRAPPED else {})
    return {**found, **told, **({"narrowed": True} if kind & NARROWED else {})}


def decode_raw(form, data, shape, bits):
    if form == "sparse":
        return decode_sparse(data, shape, bits)
    size = (element_count(shape) * bits + 7) // 8
    if form == "raw":
        need(len(data) >= size, "truncated", f"{size} bytes expected")
        need(len(data) == size, "trailing-data", f"{size} bytes expected")
        return data
    need(size <= 1 << 32, "limit-exceeded", "more than an array holds")
    need(form == "deflated" or bits >= 16, "out-of-range", f"planes of {bits} bits")
    if form == "split":
        return decode_split(data, bits // 8, size // (bits // 8))
    plain = inflate(data, size)
    return plain if form == "deflated" else from_planes(plain, bits // 8)


def to_planes(data, size):
    return b"".join(data[plane::size] for plane in range(size))


def from_planes(data, size):
    count = len(data) // size
    return b"".join(data[i::count] for i in range(count))


PLANE_LENGTH = 11
SINGLE_SUBSTREAM = 1024


def encode_split(data, size, coded, rotated):
    """`coded`: the planes that are coded, of which 0 has the most significant bytes."""
    elements = [int.from_bytes(data[i : i + size], "little") for i in range(0, len(data), size)]
    if rotated:
        elements = [rotate(element, 8 * size, 1) for element in elements]
    lengths, planes = b"", b""
    for number in range(size):
        plane = bytes(element >> 8 * (size - 1 - number) & 0xFF for element in elements)
        stream = encode_plane(plane) if number in coded else b""
        lengths += varint(len(stream))
        planes += stream or plane
    return bytes([rotated]) + lengths + planes


def encode_plane(plane, lengths=None):
    """`lengths`: of code words; by default the best of at most 11 bits."""
    counts = count_symbols(plane, 256)
    if lengths is None and len(set(plane)) == 1:
        return constant_plane(plane[0])
    lengths = lengths or code_lengths(counts, PLANE_LENGTH)
    out = BitWriter()
    out.number(1, 1)
    out.bits += write_table(lengths).bits
    data = out.bytes()
    for start in range(0, len(plane), STREAM_CHUNK):
        chunk = plane[start : start + STREAM_CHUNK]
        parts = [chunk] if len(chunk) <= SINGLE_SUBSTREAM else quarters(chunk)
        streams = []
        for part in parts:
            stream = BitWriter()
            write_codes(stream, part, lengths)
            streams.append(stream.bytes())
        if len(streams) > 1:
            data += b"".join(struct.pack("<H", len(stream)) for stream in streams)
        data += b"".join(streams)
    return data


def constant_plane(symbol):
    out = BitWriter()
    out.number(2, 2)
    out.number(symbol, 8)
    return out.bytes()


def decode_split(data, size, count):
    reader = Bytes(data)
    rotated = reader.u8()
    need(rotated <= 1, "out-of-range", f"isRotated {rotated}")
    need(count > 0, "out-of-range", "a tensor of no elements is split")
    lengths = [reader.varint() for _ in range(size)]
    need(0 in lengths, "out-of-range", "no plane is stored")
    parts = [reader.take(length or count) for length in lengths]
    reader.end()
    planes = [decode_plane(part, count) if length else part for part, length in zip(parts, lengths)]
    elements = [int.from_bytes(bytes(of_planes), "big") for of_planes in zip(*planes)]
    if rotated:
        elements = [rotate(element, 8 * size, 8) for element in elements]
    return b"".join(element.to_bytes(size, "little") for element in elements)


def decode_plane(data, count):
    bits = BitReader(data)
    if bits.number(1) == 0:
        need(bits.number(1) == 1, "out-of-range", "a plane of no symbol")
        symbol = bits.number(8)
        bits.end()
        return [symbol] * count
    lengths = read_table(bits, 256)
    need(max(lengths) <= PLANE_LENGTH, "limit-exceeded", f"a code word of {max(lengths)} bits")
    reader = rest_of(bits)
    symbols = []
    for start in range(0, count, STREAM_CHUNK):
        chunk = min(STREAM_CHUNK, count - start)
        parts = [range(chunk)] if chunk <= SINGLE_SUBSTREAM else quarters(range(chunk))
        sizes = [reader.left()] if len(parts) == 1 else [reader.u16() for _ in parts]
        for part, size in zip(parts, sizes):
            stream = BitReader(reader.take(size))
            symbols += read_codes(stream, lengths, len(part))
            stream.end()
    reader.end()
    return symbols


def rotate(element, bits, by):
    """The nine most significant bits rotated left."""
    low = bits - 9
    top = element >> low
    return ((top << by | top >> 9 - by) & 0x1FF) << low | element & (1 << low) - 1


def describe(data):
    if len(data) <= 64:
        return {"bytes": data.hex()}
    return {"length": len(data), "crc32c": f"{crc32c(data):08x}"}


# --- The envelope --------------------------------------------------------------------------------------------------

ENCODINGS = ("bytes", "varints")
SIGNED = (3, 5, 6, 7)
NO_VARINTS = (1, 11, 14, 15)


def write_envelope(model_format, files, holes, skeleton):
    """Files are (name, byteLength), none for one without a record; holes (gap, encoding, length)."""
    out = bytes([model_format]) + varint(len(files)) + b"".join(text(name) + varint(size) for name, size in files)
    for gap, encoding, length in holes:
        out += varint(gap) + bytes([encoding]) + varint(length)
    return out + skeleton


def decode_envelope(data, tensors):
    reader = Bytes(data)
    model_format, count = reader.u8(), reader.varint()
    need(count <= reader.left(), "truncated", f"{count} files")
    files = [{"name": reader.text(4096), "byteLength": reader.varint()} for _ in range(count)]
    check_file_names([file["name"] for file in files])
    holes, end = [], 0
    for name, type_code, shape, sections in tensors:
        start = end + reader.varint()
        encoding, length = reader.u8(), reader.varint()
        need(encoding < 2, "out-of-range", f"encoding {encoding}")
        end = start + length
        holes.append({"start": start, "length": length, "encoding": ENCODINGS[encoding]})
        own = tensors[sections][3] if isinstance(sections, int) else sections
        check_hole(name, type_code, element_count(shape), own[0][0], encoding, length)
    skeleton = reader.take(reader.left())
    inside = sum(hole["length"] for hole in holes)
    if count == 0:
        files = [{"name": "", "byteLength": inside + len(skeleton)}]
    total = sum(file["byteLength"] for file in files)
    need(total < 2**53 and end <= total, "out-of-range", "a hole leaves the files")
    need(inside + len(skeleton) == total, "out-of-range", f"{inside} + {len(skeleton)} bytes are not {total}")
    return {"format": model_format, "files": files, "holes": holes, "skeleton": describe(skeleton)}


def check_file_names(names):
    for name in names:
        parts = name.split("/")
        bad = any(part in ("", ".", "..") for part in parts) or "\\" in name or "\0" in name
        need(not bad and not re.match("[A-Za-z]:", name), "out-of-range", f"the name {name!r}")
    need(len(set(names)) == len(names), "duplicate-name", "two files of one name")
    for name in names:
        folders = ["/".join(name.split("/")[:depth]) for depth in range(1, name.count("/") + 1)]
        need(not set(folders) & set(names), "out-of-range", f"a folder of {name!r} is a file")


def check_hole(name, type_code, elements, kind, encoding, length):
    bits = TYPES[type_code][1]
    if encoding == 0:
        need(length == (elements * bits + 7) // 8, "out-of-range", f"{name} does not fit its hole")
        return
    need(type_code not in NO_VARINTS, "out-of-range", f"{name}: varints of {TYPES[type_code][0]}")
    # Elements of fewer than eight bits share a byte, which is one varint.
    count = elements if bits >= 8 else (elements * bits + 7) // 8
    longest = 10 if type_code in SIGNED else -(-max(8, bits) // 7)
    need(count <= length <= longest * count, "out-of-range", f"{name} does not fit its hole")


# --- The graph -----------------------------------------------------------------------------------------------------

COMMON_NAMES = [""] + """input output N batch_size lenet-300-100 lenet-5 alexnet
vgg-16 Add AveragePool BatchNormalization Cast Clip Concat Constant
Conv Div Dropout Flatten Gather Gemm GlobalAveragePool GlobalMaxPool
Identity LRN LeakyRelu LogSoftmax MatMul MaxPool Mul Pad
ReduceMean Relu Reshape Sigmoid Softmax Squeeze Sub Tanh
Transpose Unsqueeze allowzero alpha auto_pad axes axis beta
bias ceil_mode count_include_pad dilations epsilon group kernel_shape keepdims
momentum pads perm size storage_order strides transA transB""".split()


def graph_text(reader, head=None):
    head = reader.varint() if head is None else head
    return COMMON_NAMES[head] if head < 64 else reader.utf8(head - 64)


def optional_text(reader):
    head = reader.varint()
    return None if head == 0 else graph_text(reader, head - 1)


def value_record(reader):
    name, type_code = graph_text(reader), reader.varint()
    need(type_code in TYPES, "out-of-range", f"type {type_code}")
    sizes = []
    for _ in range(reader.varint()):
        size = reader.varint()
        sizes.append(graph_text(reader) if size == 0 else size - 1)
    return {"name": name, "type": TYPES[type_code][0], "shape": sizes}


def unzigzag(value):
    return -(value + 1) // 2 if value % 2 else value // 2


def attribute(reader):
    name, head = graph_text(reader), reader.varint()
    payload, kind = head >> 3, head & 7
    if kind == 0:
        return name, unzigzag(payload)
    if kind == 1:
        return name, [unzigzag(reader.varint()) for _ in range(payload)]
    if kind in (2, 3):
        data = reader.take(4 * (n := 1 if kind == 2 else payload))
        for bits in struct.unpack(f"<{n}I", data):
            signals = bits & 0x7FFFFFFF > 0x7F800000 and not bits & 0x400000
            need(not signals, "not-canonical", "a NaN that signals")
        floats = list(struct.unpack(f"<{n}f", data))
        return name, {"float": floats[0]} if kind == 2 else {"floats": floats}
    if kind == 4:
        return name, graph_text(reader)
    if kind == 5:
        return name, {"strings": [graph_text(reader) for _ in range(payload)]}
    need(kind == 6 and payload in TYPES, "out-of-range", "an unknown kind of attribute")
    tensor_name = graph_text(reader)
    shape = [reader.varint() for _ in range(reader.varint())]
    data = reader.take((element_count(shape) * TYPES[payload][1] + 7) // 8)
    return name, {"tensor": {"name": tensor_name, "type": TYPES[payload][0], "shape": shape, "bytes": data.hex()}}


def decode_graph(data, outside):
    """docs/format.md, "The graph". Of the canonical form it checks the text and the end only."""
    reader = Bytes(data)
    opset, name = reader.varint(), optional_text(reader)
    inputs = [value_record(reader) for _ in range(reader.varint())]
    outputs = [value_record(reader) for _ in range(reader.varint())]
    known = []
    for met in [value["name"] for value in inputs] + outside:
        if met not in known:
            known.append(met)
    latest = inputs[0]["name"] if inputs else None
    used, nodes, records, made = set(), [], [], 0

    def next_input(source):
        symbol = source.varint()
        if symbol == 0:
            found = latest
        elif symbol == 1:
            found = next((tensor for tensor in outside if tensor not in used), None)
        elif symbol == 2:
            found = graph_text(source)
        else:
            found = known[symbol - 3] if symbol - 3 < len(known) else None
        need(found is not None, "out-of-range", f"input symbol {symbol}")
        if found not in known:
            known.append(found)
        used.add(found)
        return found

    count = reader.varint(65536)
    for index in range(count):
        head = reader.varint()
        node_name = graph_text(reader) if head == 1 else None
        need(head < 2 + len(records), "out-of-range", "a repeat of no record")
        source = Bytes(records[head - 2]) if head >= 2 else reader
        start = source.at
        operator = graph_text(source)
        node_inputs = [next_input(source) for _ in range(source.varint())]
        node_outputs = []
        for place in range(source.varint()):
            last = index == count - 1 and place == 0 and outputs
            given = optional_text(source)
            output = given if given is not None else outputs[0]["name"] if last else f"value{made}"
            made += 1
            if output not in known:
                known.append(output)
            node_outputs.append(output)
        attributes = dict(attribute(source) for _ in range(source.varint()))
        if head == 0 and reader.at - start <= 40:
            records.append(data[start : reader.at])
        latest = node_outputs[0] if node_outputs else latest
        node = {"op": operator, "inputs": node_inputs, "outputs": node_outputs, "attributes": attributes}
        nodes.append(node if node_name is None else {**node, "name": node_name})
    reader.end()
    graph = {"opset": opset, "inputs": inputs, "outputs": outputs, "nodes": nodes}
    check_names(graph, outside)
    return graph if name is None else {"name": name, **graph}


def check_names(graph, tensors):
    """docs/format.md, "Names"."""
    known = set(tensors)

    def define(name):
        need(name not in known, "out-of-range", f"two values named {name}")
        known.add(name)

    for value in graph["inputs"]:
        define(value["name"])
    for node in graph["nodes"]:
        for name in node["inputs"]:
            need(name == "" or name in known, "out-of-range", f"an input {name} that is not there yet")
        for name in node["outputs"]:
            if name != "":
                define(name)
    for value in graph["outputs"]:
        need(value["name"] in known, "out-of-range", f"an output {value['name']} that nothing makes")


# --- Vectors -------------------------------------------------------------------------------------------------------

# The example of docs/format.md, "The graph": y = Relu(x w^T + b), with outside names w and b.
EXAMPLE_GRAPH = bytes.fromhex("0d0001417801020003030141790102000304020015030001010100013f1000210100010000")

F = CODES["float32"]


def pattern(count, period, values):
    """Zeros, but for the values in turn at every period-th place and one beside."""
    out = [0.0] * count
    for i in range(0, count, period):
        out[i] = values[i // period % len(values)]
        if i % 3 == 0 and i + 1 < count:
            out[i + 1] = values[0]
    return out


def skewed(count, values):
    """Values of which the first is most frequent."""
    state, out = 1, []
    for _ in range(count):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        place = 0
        while state >> 16 + place & 1 and place < len(values) - 1:
            place += 1
        out.append(values[place])
    return out


def valid_vectors():
    yield "py-no-tensors", write_container([])
    yield "py-metadata", write_container([], [("b", "2"), ("a", "\u00e9"), ("\U0001f600", ""), ("\uffff", "x")])
    raw = [
        ("scalar", F, [], [(1, struct.pack("<f", 1 / 3))]),
        ("not finite", F, [3], [(1, struct.pack("<3f", float("nan"), float("inf"), -0.0))]),
        ("no elements", CODES["int64"], [2, 0, 3], [(1, b"")]),
        ("nibbles", CODES["uint4"], [3], [(1, b"\x21\x03")]),
        ("bytes", CODES["bool"], [2, 2], [(1, b"\x00\x01\x01\x00")]),
        ("__proto__", CODES["complex128"], [1], [(1, struct.pack("<2d", 1, -1))]),
    ]
    yield "py-raw", write_container(raw)
    # The worked example of docs/format.md.
    w, b = [0.5, 0.0, 0.0, 0.0, -1.0, 0.0], [0.25, 0.25, 0.75]
    tensors = [("w", F, [3, 2], [(3, encode_gaps(w, [3, 2], 1, 1))]), ("b", F, [3], [(2, encode_dense(b, 1))])]
    yield "py-worked-example", write_container(tensors, [("made by", "generate.py")], EXAMPLE_GRAPH)
    dense = [
        ("constant", F, [4, 5], [(2, encode_dense([f32(0.1)] * 20, 0))]),
        ("fixed", F, [8], [(2, encode_dense([0.0, 1.0, 2.0, 3.0] * 2, 1))]),
        ("huffman", F, [10, 20], [(2, encode_dense(skewed(200, [f32(v / 7) for v in range(-3, 6)]), 0))]),
        ("minus zero", F, [9], [(2, encode_dense([-0.0] * 4 + [1.0] * 5, 1))]),
    ]
    yield "py-dense", write_container(dense)
    close = [f32(1 - v / 64 + v * v / 4096) for v in range(7)]
    codebooks = [
        (f"{name} {bits}", F, [len(values) * 2], [(2, encode_dense(values * 2, bits == 16))])
        for name, bits, values in (
            ("grid", 16, [-3.0, 0.5, 1.0]),
            ("list", 16, [-1000.0, 0.0999755859375, 3.0]),
            ("list", 32, [f32(-1 / 3), f32(math.pi)]),
            ("differences", 16, [-1.0625, -0.4375, 0.3125, 2.3125]),
            ("differences", 32, [f32(math.tanh(v / 9)) for v in range(-20, 24)]),
            ("differences of order 0", 16, [2.0**-14, 2.0**-13]),
            ("one centroid", 32, [1.0]),
            ("extremes", 16, [-65504.0, -(2.0**-24), 65504.0]),
            ("extremes", 32, [-f32(3.4028234663852886e38), -0.0, 2.0**-149, f32(3.4028234663852886e38)]),
            ("bfloat16", 32, close),
        )
    ]
    yield "py-codebooks", write_container(codebooks)
    shape = [10, 24]
    values = pattern(240, 11, [1.0, -0.5, 2.0, -0.5, 0.125])
    gaps = [(f"{b} bits", F, shape, [(3, encode_gaps(values, shape, 1, b))]) for b in range(1, 9)]
    gaps += [("columns", F, shape, [(3, encode_gaps(values, shape, 1, 3, "column-major"))])]
    gaps += [("zeros", F, [1000], [(3, encode_gaps([0.0] * 1000, [1000], 0, 1))])]
    yield "py-gaps", write_container(gaps)
    # A filter of 4 x 2 x 3 x 3: row 2 is dead, and of the columns only 4 to 12 are alive.
    shape, values = [4, 2, 3, 3], [0.0] * 72
    for r in (0, 1, 3):
        for c in range(4, 13, r + 1):
            values[18 * r + c] = f32((r - 1.5) / 3)
    rows, columns = [1, 1, 0, 1], [int(4 <= c < 13) for c in range(18)]
    for form, encode, kind in (("gaps", lambda *a: encode_gaps(a[0], a[1], a[2], 2, *a[3:]), 3), ("bitmask", encode_bitmask, 4)):
        lines = [
            (f"{order} {'rows' if r else ''} {'columns' if c else ''}", F, shape, [(kind, encode(values, shape, 0, order, r, c))])
            for order in ("row-major", "column-major")
            for r in (None, rows)
            for c in (None, columns)
        ]
        yield f"py-{form}-lines", write_container(lines)
        # Classes of lines; row 2 and the outer columns are dead again, or of a class of their own.
        classes = [
            (f"{order} {name}", F, shape, [(kind, encode(values, shape, 0, order, r, c))])
            for order in ("row-major", "column-major")
            for name, r, c in (
                ("rows", [2, 1, 0, 1], None),
                ("columns", None, [3 - 2 * (c % 2) if 4 <= c < 13 else 2 for c in range(18)]),
                ("both", [3, 2, 1, 2], [1 + c % 15 for c in range(18)]),
                ("dead", rows, [1 + c % 3 if 4 <= c < 13 else 0 for c in range(18)]),
            )
        ]
        yield f"py-{form}-classes", write_container(classes)
    yield from level_vectors()
    yield from deflated_vectors()
    yield from envelope_vectors()
    yield from split_vectors()
    yield from scaled_vectors()
    yield from wrapped_vectors()
    yield from typed_vectors()
    yield from sparse_vectors()
    yield from narrowed_vectors()
    yield from context_vectors()
    wide = skewed(300, [0.0, 1.0, -1.0])
    yield "py-bitmask", write_container([("m", F, [300], [(4, encode_bitmask(wide, [300], 1))]), ("z", F, [9], [(4, encode_bitmask([0.0] * 9, [9], 0))])])


def level_vectors():
    """Masks of a filter of 6 x 4 x 3 x 3, whose classes have levels; row 2 and the outer columns are empty where classes say so."""
    shape, values = [6, 4, 3, 3], [0.0] * 216
    for r in (0, 1, 3, 4, 5):
        for c in range(4, 32, r + 1):
            values[36 * r + c] = f32((r - 2.5) / 3)
    rows, columns = [1, 2, 0, 3, 2, 3], [1 + c % 2 if 4 <= c < 32 else 0 for c in range(36)]
    far = [0.0] * 1200
    for place in (0, 1, 300, 1199):
        far[place] = 0.5
    tensors = [
        (f"{order} {run_bytes} {levels}", F, shape, [(4, encode_sorted_mask(values, shape, 0, run_bytes, levels, order, rows, columns))])
        for order in ("row-major", "column-major")
        for run_bytes, levels in ((0, [0, 1, 0, 1, 1, 0]), (5, [5, 4, 3, 2, 1, 0]), (18, [0, 0, 1, 2, 1, 0]))
    ]
    lines = [1, 2]
    by_rows = [1, 1, 2, 1, 2, 2]
    tensors += [("rows", F, shape, [(4, encode_sorted_mask(values, shape, 0, 9, [1, 0], "row-major", by_rows))])]
    tensors += [("far", F, [2, 600], [(4, encode_sorted_mask(far, [2, 600], 1, 150, [1, 0], "row-major", lines))])]
    tensors += [("zeros", F, [2, 600], [(4, encode_sorted_mask([0.0] * 1200, [2, 600], 1, 7, [1, 0], "row-major", lines))])]
    yield "py-bitmask-levels", write_container(tensors)


def invalid_levels():
    """Of 2 x 8, the columns of classes 1 and 2; the mask has ones at the scan positions 1 and 15, both 1."""
    classes = encode_symbols([1, 1, 1, 1, 2, 2, 2, 2], 16)

    def levels(cause, code, numbers, run_bytes, tokens, mask, flags=0x99):
        streams = [encode_symbols(numbers, 16), encode_symbols(tokens, 256), encode_symbols(mask, 256)]
        first, runs, rest = (varint(len(stream)) + stream for stream in streams)
        head = bytes([flags, 4, 0x00, 0x3C]) + varint(len(classes)) + classes + first
        data = head + varint(run_bytes) + varint(len(tokens)) + runs + rest
        return f"levels-{cause}.{code}", write_container([("w", F, [2, 8], [(4, data)])])

    yield levels("of-one-number", "not-canonical", [0, 0], 1, [1], [0x80])
    yield levels("with-a-gap", "not-canonical", [2, 0], 1, [1], [0x80])
    yield levels("without-classes", "out-of-range", [1, 0], 1, [1], [0x80], flags=0x19)
    yield levels("runs-of-more-bytes-than-the-mask", "limit-exceeded", [1, 0], 3, [1], [])
    yield levels("more-runs-than-bits", "limit-exceeded", [1, 0], 1, [0] * 9, [0x80])
    yield levels("run-past-its-bytes", "out-of-range", [1, 0], 1, [1, 6], [0x80])
    yield levels("run-without-a-one", "not-canonical", [1, 0], 2, [1, 13, 255], [])
    yield levels("mask-cut-off", "truncated", [1, 0], 1, [1], [])
    yield levels("mask-longer-than-it-is", "trailing-data", [1, 0], 2, [1, 13], [0])


def halves(count):
    return b"".join(struct.pack("<e", (i * i % 61 - 30) / 8) for i in range(count))


def deflated_vectors():
    numbers = struct.pack("<30q", *(i // 4 - 3 for i in range(30)))
    floats = struct.pack("<40f", *(0.1 * i * i for i in range(40)))
    tensors = [
        ("deflated int64", CODES["int64"], [5, 6], [(5, deflate(numbers))]),
        ("int64 in planes", CODES["int64"], [5, 6], [(6, deflate(to_planes(numbers, 8)))]),
        ("float16 in planes", CODES["float16"], [100], [(6, deflate(to_planes(halves(100), 2)))]),
        ("float32 in planes", F, [40], [(6, deflate(to_planes(floats, 4)))]),
        ("deflated float32", F, [40], [(5, deflate(floats))]),
        ("complex128 in planes", CODES["complex128"], [2], [(6, deflate(to_planes(bytes(range(32)), 16)))]),
        ("deflated half bytes", CODES["uint4"], [31], [(5, deflate(b"\x21" * 16))]),
        ("deflated bool", CODES["bool"], [4, 4], [(5, deflate(b"\0\1\1\1" * 4))]),
        ("none deflated", CODES["int64"], [0], [(5, deflate(b""))]),
        ("none in planes", F, [2, 0], [(6, deflate(b""))]),
    ]
    yield "py-deflated", write_container(tensors)
    scalars = [(f"model.layers.{i}.weight", F, [], [(1, struct.pack("<f", i))]) for i in range(12)]
    notes = [("notes", "the same words, " * 9)]
    tensors = [("w", F, [3, 2], [(1, bytes(24))]), ("b", F, [3], [(1, bytes(12))])]
    for packing, name in ((DEFLATED, "deflated"), (MIXED, "mixed")):
        yield f"py-{name}-directory", write_container(scalars, notes, packings=(packing, PLAIN))
        yield f"py-{name}-graph", write_container(tensors, [], EXAMPLE_GRAPH, packings=(packing, packing))
    yield "py-mixed-graph-alone", write_container(tensors, [], EXAMPLE_GRAPH, packings=(PLAIN, MIXED))
    yield "py-mixed-graph-and-deflated-directory", write_container(tensors, [], EXAMPLE_GRAPH, packings=(DEFLATED, MIXED))
    tied = [
        ("embedding", F, [3, 4], [(3, encode_gaps([0.0, 1.0, 0.0, -1.0] * 3, [3, 4], 1, 2))]),
        ("other", CODES["int32"], [3], [(1, struct.pack("<3i", 1, 2, 3))]),
        ("head", F, [3, 4], 0),
        ("again", CODES["int32"], [3], 1),
        ("and again", F, [3, 4], 0),
    ]
    yield "py-repeats", write_container(tied)


def split_vectors():
    floats = struct.pack("<70f", *((-1) ** i * 1.1 ** (i % 23) for i in range(70)))
    brains = b"".join(struct.pack("<f", (-1) ** (i // 3) * 0.9 ** (i % 31))[2:] for i in range(90))
    doubles = struct.pack("<50d", *(i / 7 - 3 for i in range(50)))
    zeros = struct.pack("<40f", *(0.5 * (i % 3 - 1) for i in range(40)))
    tensors = [
        ("float32", F, [70], [(7, encode_split(floats, 4, [0], 1))]),
        ("float32 in order", F, [7, 10], [(7, encode_split(floats, 4, [0, 1], 0))]),
        ("bfloat16", CODES["bfloat16"], [90], [(7, encode_split(brains, 2, [0], 1))]),
        ("float16", CODES["float16"], [100], [(7, encode_split(halves(100), 2, [0], 0))]),
        ("float64", CODES["float64"], [50], [(7, encode_split(doubles, 8, [0, 1, 7], 1))]),
        ("complex64", CODES["complex64"], [5, 7], [(7, encode_split(floats, 8, [0, 4], 0))]),
        ("complex128", CODES["complex128"], [2], [(7, encode_split(bytes(range(32)), 16, [1], 1))]),
        ("int32", CODES["int32"], [40], [(7, encode_split(struct.pack("<40i", *range(40)), 4, [0, 1, 2], 0))]),
        ("planes of one symbol", F, [40], [(7, encode_split(zeros, 4, [0, 2, 3], 0))]),
        ("the lowest is coded", CODES["uint16"], [9], [(7, encode_split(bytes(range(18)), 2, [1], 1))]),
        ("no plane is coded", F, [70], [(7, encode_split(floats, 4, [], 1))]),
        ("a scalar", F, [], [(7, encode_split(floats[:4], 4, [0], 1))]),
        ("NaNs", CODES["bfloat16"], [6], [(7, encode_split(bytes.fromhex("c07fc0ff0180008000000100"), 2, [0], 1))]),
        ("wrapped", F, [40], [wrapped(7, encode_split(zeros, 4, [0], 1))]),
    ]
    yield "py-split", write_container(tensors)


def context_vectors():
    values = [[0.0, -0.5, 0.25, -1.0, 0.5, 1.0][n] for n in skewed(432, [0, 0, 1, 2, 0, 3, 4, 5])]
    sparse = [value if i // 36 % 3 and i % 5 else 0.0 for i, value in enumerate(values)]
    thirds = [f32(value / 3) for value in values]
    many = [f32((i * i * 7919 % 601) / 7 - 12) for i in range(1200)]
    many = [0.0 if i % 3 else value for i, value in enumerate(many)]
    bytes_ = [128.0 + n for n in skewed(432, [0, 1, -1, 2, -2, 5])]
    tensors = [
        ("matrix", F, [12, 36], [(8, encode_context(sparse, [12, 36], 1))]),
        ("kernels", F, [12, 4, 3, 3], [(8, encode_context(thirds, [12, 4, 3, 3], 0, [3, 3]))]),
        ("image", F, [3, 144], [(8, encode_context(values, [3, 144], 1, [9, 16]))]),
        ("vector", F, [60], [(8, encode_context(values[:60], [60], 1))]),
        ("above zero", F, [432], [(8, encode_context([abs(value) for value in values], [432], 1))]),
        ("no zero", F, [4, 9], [(8, encode_context([1.0, -1.0, 2.0] * 12, [4, 9], 1))]),
        ("center", F, [12, 4, 3, 3], [(8, encode_context([value + 1 / 3 for value in thirds], [12, 4, 3, 3], 0, [3, 3], None, 1 / 3))]),
        ("center of one side", F, [4, 9], [(8, encode_context([1.0, -1.0, 2.0, -1.0] * 9, [4, 9], 1, None, None, -1.0))]),
        ("center 0", F, [4, 9], [(8, encode_context([0.0, -1.0, 2.0, 0.0] * 9, [4, 9], 1, None, None, 0.0))]),
        ("one value", F, [7, 9], [(8, encode_context([0.5] * 63, [7, 9], 1, None, None, 0.5))]),
        ("kernels 2 x 4", F, [9, 3, 2, 4], [(8, encode_context(values[:216], [9, 3, 2, 4], 1, [2, 4]))]),
        ("kernels 1 x 7", F, [4, 5, 7], [(8, encode_context(values[:140], [4, 5, 7], 1, [1, 7]))]),
        ("image 2 x 8", F, [9, 48], [(8, encode_context(values, [9, 48], 1, [2, 8]))]),
        ("many ranks", F, [20, 60], [(8, encode_context(many, [20, 60], 0))]),
        ("a density between two", F, [19], [(8, encode_context([0.5] * 14 + [0.0] * 5, [19], 1))]),
        ("equal bits", F, [2, 2000], [(8, encode_context([1.0] * 1990 + [0.0] * 10 + [0.5] * 2000, [2, 2000], 1))]),
        ("float16", CODES["float16"], [12, 36], [(8, encode_context(thirds, [12, 36], 0))]),
        ("bfloat16", CODES["bfloat16"], [12, 36], [(8, encode_context(thirds, [12, 36], 0))]),
        ("uint8", CODES["uint8"], [12, 36], [(8, encode_context(bytes_, [12, 36], 1, None, None, 128.0))]),
        ("scaled", F, [12, 36], [scaled(8, encode_context(sparse, [12, 36], 1), [1 + i / 8 for i in range(12)])]),
        ("scaled float16", CODES["float16"], [12, 36], [scaled(8, encode_context(sparse, [12, 36], 1), [1 + i / 8 for i in range(12)])]),
        ("scaled bfloat16", CODES["bfloat16"], [12, 36], [scaled(2, encode_dense(thirds, 0), [1 + i / 8 for i in range(12)])]),
        ("scaled float64", CODES["float64"], [12, 36], [scaled(4, encode_bitmask(sparse, [12, 36], 1), None, [1 + i / 64 for i in range(36)])]),
        ("zeros", F, [7, 9], [(8, encode_context([0.0] * 63, [7, 9], 1))]),
        ("scalar", F, [], [(8, encode_context([3.0], [], 1))]),
    ]
    yield "py-context", write_container(tensors)


def invalid_contexts():
    def context(cause, code, data, shape=(4, 12), type_code=F):
        return f"context-{cause}.{code}", write_container([("w", type_code, list(shape), [(8, bytes(data))])])

    values = [[0.0, -0.5, 0.25, 1.0][n] for n in skewed(48, [0, 1, 0, 2, 3])]
    good = encode_context(values, [4, 12], 1)
    book = pack_centroids([-0.5, 0.25, 1.0], 1)
    stream = good[1 + len(book) :]
    many = pack_centroids([float(i + 1) for i in range(32768)], 0)
    yield context("of-no-bytes", "truncated", b"")
    yield context("with-an-unknown-flag", "out-of-range", b"\x09" + good[1:])
    centered = encode_context(values, [4, 12], 1, None, None, -0.5)
    own = pack_centroids([-0.5, 0.0, 0.25, 1.0], 1)
    yield context("without-its-center", "truncated", centered[: 1 + len(own)])
    yield context("with-a-center-that-is-not-there", "out-of-range", b"\5" + own + b"\4" + centered[2 + len(own) :])
    yield context("with-a-center-of-no-element", "not-canonical", b"\5" + pack_centroids([-0.5, 1.0], 1) + b"\1")
    yield context("with-a-long-center", "not-canonical", b"\5" + own + b"\x80\0" + centered[2 + len(own) :])
    yield context("of-many-centroids-above-its-center", "limit-exceeded", b"\4" + pack_centroids([float(i) for i in range(32769)], 0) + b"\0", (200, 200))
    yield context("of-int32", "out-of-range", good, type_code=CODES["int32"])
    yield context("of-no-elements", "out-of-range", bytes(2), (0, 3))
    yield context("with-0-in-the-codebook", "not-canonical", b"\1" + pack_centroids([0.0, 1.0], 1) + stream)
    yield context("with-a-centroid-of-no-element", "not-canonical", b"\1" + pack_centroids([-0.5, 1.0], 1))
    yield context("of-many-centroids-above-0", "limit-exceeded", b"\0" + many, (200, 200))
    yield context("with-a-grid-that-does-not-divide", "out-of-range", b"\3" + book + b"\1\5" + stream)
    yield context("with-a-grid-of-no-places", "out-of-range", b"\3" + book + b"\0\3" + stream)
    yield context("with-a-grid-of-one-place", "not-canonical", b"\3" + book + b"\1\1" + stream)
    yield context("with-half-a-grid", "truncated", b"\3" + book + b"\3")
    yield context("with-a-zero-behind", "not-canonical", good + b"\0")
    yield context("with-bytes-behind", "trailing-data", good + b"\1" * 40)
    yield context("of-bytes-for-zeros", "trailing-data", b"\1\0" + stream)
    yield context("of-another-density", "not-canonical", encode_context(values, [4, 12], 1, None, {"density": stream[0] + 1}))
    yield context("of-few-bytes", "limit-exceeded", b"\1" + pack_centroids([1.0], 1) + b"\x80\x20\0\0\0\0\1", (256, 258))
    yield context("of-a-long-row", "limit-exceeded", b"\1\0", ((1 << 20) + 1,))
    yield context("without-the-length-of-a-band", "truncated", b"\1\0", (513, 1 << 12))
    yield context("of-a-band-beyond-the-section", "truncated", b"\1\0\1", (513, 1 << 12))
    # 40,000 elements in live lines of a band of two, each of which has half of the free elements.
    yield context("of-few-bytes-in-two-bands", "limit-exceeded", b"\1" + pack_centroids([1.0], 1) + b"\7\x80\xe0\0\0\0\0\1", (50_000, 42))


def invalid_splits():
    def split(cause, code, data, shape=(6,), type_code=CODES["bfloat16"], kind=7):
        return f"split-{cause}.{code}", write_container([("w", type_code, list(shape), [(kind, bytes(data))])])

    numbers = bytes.fromhex("803f80bfc03f003fa0bf803f")
    good = encode_split(numbers, 2, [0], 1)
    stored = encode_split(numbers, 2, [], 0)
    stream = good[3:8]
    yield split("of-no-bytes", "truncated", b"")
    yield split("with-an-unknown-flag", "out-of-range", b"\2" + good[1:])
    yield split("without-lengths", "truncated", good[:1])
    yield split("with-a-long-varint", "not-canonical", bytes([1, 0x85, 0, 0]) + good[3:])
    yield split("of-no-elements", "out-of-range", b"\1\0\0", shape=[0])
    yield split("of-bytes", "out-of-range", good, type_code=CODES["int8"])
    yield split("of-half-bytes", "out-of-range", good, shape=[12], type_code=CODES["uint4"])
    yield split("in-coded-planes-only", "out-of-range", b"\1\5\5" + stream + stream)
    yield split("in-planes-of-one-symbol-only", "out-of-range", b"\0\2\2" + constant_plane(0) * 2, shape=[9])
    yield split("with-a-plane-cut-off", "truncated", good[:-1])
    yield split("with-a-coded-plane-cut-off", "truncated", b"\1\4\0" + stream[:-1] + good[8:])
    yield split("with-a-coded-plane-too-long", "trailing-data", b"\1\6\0" + stream + b"\0" + good[8:])
    yield split("with-a-byte-behind", "trailing-data", good + b"\0")
    yield split("of-more-elements-than-bytes", "truncated", good, shape=[2**20])
    yield split("of-fewer-elements-than-stored", "trailing-data", stored, shape=[5])
    yield split("of-2-31-elements", "truncated", good, shape=[2**31])
    yield split("of-2-40-elements", "limit-exceeded", good, shape=[2**40])
    yield split("with-a-length-beyond-the-section", "truncated", b"\1" + varint(2**53 - 1) + b"\0" + good[3:])
    def coded(plane):
        return b"\1" + varint(len(plane)) + b"\0" + plane + good[8:]

    twelve = [0] * 243 + [*range(1, 12), 12, 12]
    yield split("with-a-plane-of-no-symbol", "out-of-range", coded(bits_of(0, 0)))
    yield split("with-padding-behind-a-table", "not-canonical", coded(bytes([*stream[:3], stream[3] | 128, stream[4]])))
    yield split("with-padding-behind-code-words", "not-canonical", coded(stream[:4] + bytes([stream[4] | 64])))
    yield split("with-padding-behind-the-one-symbol", "not-canonical", coded(b"\2\4"))
    yield split("with-a-byte-behind-the-one-symbol", "trailing-data", coded(b"\2\0\0"))
    yield split("with-a-code-word-of-12-bits", "limit-exceeded", coded(encode_plane(bytes([243] * 6), twelve)))
    yield split("with-a-table-that-is-none", "invalid-table", coded(b"\xff" * 9))
    yield split("deflated", "truncated", wrapped(7, good[:-1])[1], kind=WRAPPED + 7)


def scaled(kind, data, rows=None, columns=None):
    return SCALED + kind, encode_scales(rows, columns) + data


def scaled_vectors():
    shape, values = [8, 12], pattern(96, 7, [1.0, -0.5, 2.0, 0.125])
    rows, columns = [0.5 + 0.25 * (i % 4) for i in range(8)], [1 / 64 * 2**i for i in range(12)]
    def single(*values):
        return encode_dense([f32(value) for value in values], 0)

    dense = single(*[0.3, -0.7, 1.1, -0.0] * 24)
    fine = [1 + i / 1024 for i in range(12)]
    maps = {"rows": [1, 1, 0, 1, 1, 1, 1, 1], "columns": [1] * 11 + [0]}
    bare = [0.0 if i // 12 == 2 or i % 12 == 11 else value for i, value in enumerate(values)]
    tensors = [
        ("rows", F, shape, [scaled(2, dense, rows)]),
        ("columns", F, shape, [scaled(2, dense, None, fine)]),
        ("both", F, shape, [scaled(2, dense, rows, fine)]),
        ("gaps", F, shape, [scaled(3, encode_gaps(values, shape, 1, 2), rows, columns)]),
        ("gaps by column", F, shape, [scaled(3, encode_gaps(bare, shape, 1, 3, "column-major", **maps), rows, fine)]),
        ("bitmask", F, [2, 4, 3, 4], [scaled(4, encode_bitmask(values, [2, 48], 0), [3.0, 2**-24])]),
        ("bitmask by column", F, shape, [scaled(4, encode_bitmask(bare, shape, 1, "column-major", **maps), None, columns)]),
        ("a vector", F, [5], [scaled(2, single(0.1, 0.7, 0.1, 0.2, 0.1), [65504.0], [1.5, 2, 3, 4, 5])]),
        ("a scalar", F, [], [scaled(2, single(3e38), [1.125])]),
        ("that underflow", F, [2, 1], [scaled(2, single(1e-40, -1e-40), [2**-24, 1], [2**-10])]),
        ("zeros", F, [2, 2], [scaled(3, encode_gaps([0.0] * 4, [2, 2], 0, 1), [2, 3])]),
        ("wrapped", F, shape, [wrapped(*scaled(2, dense, rows))]),
    ]
    yield "py-scaled", write_container(tensors)


def invalid_scales():
    def section(cause, code, data, shape=(2, 4), type_code=F, kind=SCALED + 2):
        return f"scales-{cause}.{code}", write_container([("w", type_code, list(shape), [(kind, bytes(data))])])

    def halves(*bits):
        """Scales of rows from their bits."""
        streams = [encode_symbols([half >> 8 for half in bits], 256), encode_symbols([half & 255 for half in bits], 256)]
        return b"\1" + b"".join(varint(len(stream)) + stream for stream in streams)

    dense = encode_dense([0.5, 1.5] * 4, 1)
    good = encode_scales([1, 0.5]) + dense
    yield section("of-no-bytes", "truncated", b"")
    yield section("of-no-lines", "out-of-range", b"\0" + dense)
    yield section("of-other-lines", "out-of-range", b"\4" + good[1:])
    for cause, half in {"zero": 0, "negative": 0xBC00, "minus-zero": 0x8000, "infinite": 0x7C00, "nan": 0x7E00}.items():
        yield section(cause, "out-of-range", halves(0x3C00, half) + dense)
    yield section("too-many", "trailing-data", encode_scales([1, 1.5, 0.25, 4, 1, 1, 1, 2, 3]) + dense)
    yield section("too-few", "truncated", encode_scales([1, 2]) + dense, shape=[4, 2])
    yield section("cut-off", "truncated", good[: len(encode_scales([1, 0.5])) - 1])
    yield section("without-a-section", "truncated", good[: len(encode_scales([1, 0.5]))])
    yield section("of-columns-missing", "truncated", b"\3" + good[1 : len(encode_scales([1, 0.5]))])
    yield section("with-a-byte-behind", "trailing-data", good + b"\0")
    yield section("with-a-long-varint", "not-canonical", bytes([1, good[1] | 0x80, 0]) + good[2:])
    fixed = encode_fixed([0x3C, 0x3C], 256)
    yield section("in-another-mode", "not-canonical", b"\1" + varint(len(fixed)) + fixed + b"\2\0\0" + dense)
    yield section("of-elements-beyond-float32", "out-of-range", encode_scales([2, 1]) + encode_dense([1.0, f32(3e38)] * 4, 0))
    yield section("of-no-elements", "out-of-range", good, shape=[2, 0])
    yield section("of-int32", "out-of-range", good, type_code=CODES["int32"])
    for form in RAW_KINDS:
        yield section(f"of-{KINDS[form]}", "out-of-range", encode_scales([1, 0.5]) + bytes(32), kind=SCALED + form)
    yield section("of-no-form", "out-of-range", good, kind=SCALED)
    yield section("of-an-unknown-form", "out-of-range", good, kind=SCALED + 16)
    yield section("of-2-40-weights", "limit-exceeded", encode_scales([1, 1]) + encode_dense([1.0] * 8, 1), shape=[2**20, 2**20])


def wrapped_vectors():
    shape, values = [24, 24], pattern(576, 7, [1.0, -0.5, 2.0, 0.125])
    floats = struct.pack("<60f", *(i % 5 / 7 for i in range(60)))
    tensors = [
        ("dense", F, [200], [wrapped(2, encode_dense([0.5, 1.5, -2.0, 0.25, 0.0] * 40, 1))]),
        ("gaps", F, shape, [wrapped(3, encode_gaps(values, shape, 1, 3))]),
        ("bitmask", F, shape, [wrapped(4, encode_bitmask(values, shape, 0))]),
        ("deflated twice", F, [60], [wrapped(5, deflate(floats))]),
        ("planes deflated twice", F, [60], [wrapped(6, deflate(to_planes(floats, 4)))]),
        ("int8", CODES["int8"], [99], [wrapped(5, deflate(b"\1" * 99))]),
        ("no elements", CODES["int64"], [0], [wrapped(5, deflate(b""))]),
        ("larger than it was", F, [1], [wrapped(2, encode_dense([0.5], 1))]),
        ("gaps again", F, shape, 1),
    ]
    yield "py-wrapped", write_container(tensors)
    steps = struct.pack("<40i", *[300] * 40)
    tensors = [
        ("scale", F, [60], [wrapped(5, deflate(floats))]),
        ("steps", CODES["int32"], [40], [wrapped(5, deflate(steps))]),
    ]
    envelope = write_envelope(1, [("m", 324)], [(1, 0, 240), (2, 1, 80)], b"abcd")
    yield "py-envelope-of-wrapped", write_container(tensors, (), b"", envelope)


def typed_vectors():
    """Codes of every element type that has them."""
    halves = [f32(v / 8) for v in (3, -1, 0, 0, 5, -7, 0, 1)] * 5
    grid = [f32(0.001 * v) for v in (1, -3, 700, 2047, -2049)] * 4
    whole = [0.0, 3.0, 0.0, -7.0, 0.0, 7.0, 0.0, 0.0] * 4
    tensors = [
        ("float16", CODES["float16"], [5, 8], [(3, encode_gaps(halves, [5, 8], 1, 2))]),
        ("float16, rounded", CODES["float16"], [20], [(2, encode_dense(grid, 0))]),
        ("bfloat16", CODES["bfloat16"], [5, 8], [(4, encode_bitmask(halves, [5, 8], 1))]),
        ("bfloat16, ties to even", CODES["bfloat16"], [4], [(2, encode_dense([1.00390625, 1.01171875, -0.0, 2.0**-140], 0))]),
        ("float64", CODES["float64"], [6], [(2, encode_dense([f32(0.1), 0.0, f32(0.1), f32(1e-40), 0.0, 0.0], 0))]),
        ("float8", CODES["float8e5m2"], [6], [(2, encode_dense([0.0, 128.0, 255.0, 255.0, 0.0, 1.0], 1))]),
        ("float4", CODES["float4e2m1"], [3], [(2, encode_dense([15.0, 0.0, 8.0], 1))]),
        ("bool", CODES["bool"], [9], [(2, encode_dense([0.0, 1.0, 1.0] * 3, 1))]),
        ("uint4", CODES["uint4"], [7], [(2, encode_dense([15.0, 0.0, 8.0, 8.0, 0.0, 1.0, 15.0], 1))]),
        ("int4", CODES["int4"], [4, 8], [(4, encode_bitmask(whole, [4, 8], 1))]),
        ("uint64", CODES["uint64"], [2], [(2, encode_dense([2.0**63, 3.0], 0))]),
        ("int64", CODES["int64"], [4], [(2, encode_dense([-(2.0**63), -1.0, 0.0, 2.0**40], 0))]),
        ("uint32", CODES["uint32"], [2], [(2, encode_dense([2.0**31, 0.0], 0))]),
    ]
    for name in ("int8", "int16", "int32", "int64"):
        tensors += [(f"gaps of {name}", CODES[name], [4, 8], [(3, encode_gaps(whole, [4, 8], 1, 2))])]
    tensors += [("wrapped int16", CODES["int16"], [32], [wrapped(2, encode_dense(whole, 1))])]
    yield "py-types", write_container(tensors)
    codes = ("shape", CODES["int64"], [2], [(2, encode_dense([1.0, -1.0], 1))])
    yield "py-envelope-of-coded-varints", write_container([codes], envelope=write_envelope(1, [("m", 12)], [(1, 1, 11)], b"a"))


def zeros_among(data, size, every):
    """The elements of which those that are no multiple of `every` are zeros."""
    return b"".join(data[i : i + size] if i // size % every == 0 else bytes(size) for i in range(0, len(data), size))


def sparse_vectors():
    floats = zeros_among(struct.pack("<80f", *(0.3 * i + 1 for i in range(80))), 4, 5)
    brains = zeros_among(b"".join(struct.pack("<f", 0.9 ** (i % 31))[2:] for i in range(96)), 2, 4)
    whole = lambda data: data  # noqa: E731
    rows, columns = [1, 1, 0, 1, 1, 1, 1, 1], [int(c % 5 == 0) for c in range(10)]
    matrix = b"".join(floats[40 * r : 40 * r + 40] if rows[r] else bytes(40) for r in range(8))
    tensors = [
        ("float32", F, [8, 10], [(9, encode_sparse(floats, 4, [8, 10], 1, whole))]),
        ("split", CODES["bfloat16"], [96], [(9, encode_sparse(brains, 2, [96], 7, lambda d: encode_split(d, 2, [0], 1)))]),
        ("deflated", F, [8, 10], [(9, encode_sparse(floats, 4, [8, 10], 5, deflate, "column-major"))]),
        ("planes", F, [8, 10], [(9, encode_sparse(floats, 4, [8, 10], 6, lambda d: deflate(to_planes(d, 4))))]),
        ("lines", F, [8, 10], [(9, encode_sparse(matrix, 4, [8, 10], 1, whole, "column-major", rows, columns))]),
        ("classes", F, [8, 10], [(9, encode_sparse(matrix, 4, [8, 10], 1, whole, "row-major", [1 + r % 3 for r in range(8)], None))]),
        ("minus zeros", F, [3], [(9, encode_sparse(struct.pack("<3f", 0.0, -0.0, float("nan")), 4, [3], 1, whole))]),
        ("bytes", CODES["uint8"], [30], [(9, encode_sparse(bytes([0, 0, 7] * 10), 1, [30], 1, whole))]),
        ("complex128", CODES["complex128"], [4], [(9, encode_sparse(bytes(48) + bytes(range(16)), 16, [4], 1, whole))]),
        ("zeros", CODES["int64"], [40], [(9, encode_sparse(bytes(320), 8, [40], 1, whole))]),
        ("a scalar", F, [], [(9, encode_sparse(floats[:4], 4, [], 1, whole))]),
        ("wrapped", F, [8, 10], [wrapped(9, encode_sparse(floats, 4, [8, 10], 1, whole))]),
    ]
    yield "py-sparse", write_container(tensors)


def invalid_sparse():
    def sparse(cause, code, data, shape=(16,), type_code=F, kind=9):
        return f"sparse-{cause}.{code}", write_container([("w", type_code, list(shape), [(kind, bytes(data))])])

    floats = zeros_among(struct.pack("<16f", *range(1, 17)), 4, 4)
    good = encode_sparse(floats, 4, [16], 1, lambda data: data)
    stream = encode_symbols([0x11, 0x11], 256)
    head = b"\0" + varint(len(stream)) + stream
    yield sparse("of-no-bytes", "truncated", b"")
    yield sparse("with-an-unknown-flag", "out-of-range", b"\1" + good[1:])
    yield sparse("with-gaps", "out-of-range", b"\x10" + good[1:])
    yield sparse("with-classes-of-no-lines", "out-of-range", b"\x80" + good[1:])
    yield sparse("with-a-mask-cut-off", "truncated", head[:-1])
    yield sparse("without-a-form", "truncated", head)
    for kind in (0, 2, 9, 65, 129):
        yield sparse(f"of-kind-{kind}", "out-of-range", head + bytes([kind]) + good[len(head) + 1 :])
    yield sparse("with-an-element-cut-off", "truncated", good[:-1])
    yield sparse("with-a-byte-behind", "trailing-data", good + b"\0")
    yield sparse("with-an-element-of-zero-bits", "not-canonical", good[:-4] + bytes(4))
    yield sparse("with-bits-behind-the-mask", "not-canonical", good, shape=[12])
    yield sparse("of-half-bytes", "out-of-range", good, type_code=CODES["uint4"])
    yield sparse("of-no-elements", "out-of-range", good, shape=[0])
    yield sparse("bomb", "limit-exceeded", b"\0\2\0\0\1", shape=[2**28])
    yield sparse("of-2-40-elements", "limit-exceeded", good, shape=[2**20, 2**20])


def narrowed_vectors():
    whole = [float(i % 7 - 3) for i in range(40)]
    halves = [(i * i % 61 - 30) / 8 for i in range(40)]
    tiny = lambda name, values: pack_elements(name, values)  # noqa: E731
    tensors = [
        (f"{wide} in {name}", CODES[wide], [40], [narrowed(1, name, tiny(name, [abs(v) if name.startswith("u") else v for v in whole]))])
        for wide, names in NARROWER.items()
        for name in names
    ]
    tensors += [
        ("halves", F, [40], [narrowed(7, "float16", encode_split(tiny("float16", halves), 2, [0], 0))]),
        ("deflated", CODES["float64"], [5, 8], [narrowed(5, "float16", deflate(tiny("float16", halves)))]),
        ("planes", CODES["float64"], [5, 8], [narrowed(6, "float32", deflate(to_planes(tiny("float32", halves), 4)))]),
        ("minus zeros", F, [2], [narrowed(1, "bfloat16", b"\0\0\0\x80")]),
        ("least", CODES["float64"], [2], [narrowed(1, "float32", struct.pack("<2f", 2.0**-149, -0.0))]),
        ("sparse", F, [40], [narrowed(9, "int8", encode_sparse(bytes([0, 0, 0, 250] * 10), 1, [40], 1, lambda data: data))]),
        ("wrapped", CODES["int64"], [40], [(WRAPPED + NARROWED + 5, wrapped(5, narrowed(5, "int8", deflate(tiny("int8", whole)))[1])[1])]),
        ("none", CODES["int64"], [0], [narrowed(1, "int8", b"")]),
    ]
    yield "py-narrowed", write_container(tensors)


def invalid_types():
    """Codes that no element of the type has, and narrower types that there are not."""

    def coded(cause, name, values, shape=None):
        section = (2, encode_dense(values, 0))
        return f"{cause}.out-of-range", write_container([("w", CODES[name], shape or [len(values)], [section])])

    yield coded("float16-of-65520", "float16", [65520.0, 1.0])
    yield coded("bfloat16-beyond-its-range", "bfloat16", [f32(3.4e38), 1.0])
    yield coded("int8-of-128", "int8", [128.0, 1.0])
    yield coded("int8-of-a-half", "int8", [0.5, 1.0])
    yield coded("int8-of-minus-zero", "int8", [-0.0, 1.0])
    yield coded("uint8-of-minus-one", "uint8", [-1.0, 1.0])
    yield coded("bool-of-256", "bool", [256.0, 1.0])
    yield coded("uint4-of-16", "uint4", [16.0, 1.0])
    yield coded("int64-of-2-63", "int64", [2.0**63, 1.0])
    yield coded("float8-of-minus-one", "float8e5m2", [-1.0, 1.0])

    def narrow(cause, code, name, data, kind=NARROWED + 1, shape=(4,)):
        return f"narrowed-{cause}.{code}", write_container([("w", CODES[name], list(shape), [(kind, bytes(data))])])

    one = narrowed(1, "int8", bytes([1, 2, 3, 4]))[1]
    yield narrow("of-no-bytes", "truncated", "float32", b"")
    yield narrow("to-its-own-type", "out-of-range", "int8", one)
    yield narrow("to-a-wider-type", "out-of-range", "int8", narrowed(1, "int16", bytes(8))[1])
    yield narrow("to-an-unknown-type", "out-of-range", "float32", b"\x63" + one[1:])
    yield narrow("to-a-type-that-is-not-told", "out-of-range", "float16", narrowed(1, "bfloat16", bytes(8))[1])
    yield narrow("complex64", "out-of-range", "complex64", one)
    yield narrow("of-a-nan", "out-of-range", "float32", narrowed(1, "float16", bytes.fromhex("007e") * 4)[1])
    yield narrow("of-an-infinity", "out-of-range", "float32", narrowed(1, "bfloat16", bytes.fromhex("807f") * 4)[1])
    yield narrow("unsigned-to-signed", "out-of-range", "uint32", narrowed(1, "int8", b"\xff" * 4)[1])
    yield narrow("too-short", "truncated", "float32", one[:-1])
    yield narrow("too-long", "trailing-data", "float32", one + b"\0")
    yield narrow("planes-of-bytes", "out-of-range", "float32", narrowed(6, "int8", deflate(bytes(4)))[1], NARROWED + 6)
    yield narrow("codes", "out-of-range", "float32", b"\3" + encode_dense([1.0, 2.0], 1), NARROWED + 2, [2])
    yield narrow("raw-wrapped", "out-of-range", "float32", wrapped(1, one)[1], NARROWED + WRAPPED + 1)


def envelope_vectors():
    weight = ("w", F, [2, 3], [(2, encode_dense([0.5, -0.5, 0.5, 0.5, -0.5, 0.5], 1))])
    shape = ("shape", CODES["int64"], [2], [(1, struct.pack("<2q", 1, -1))])
    scale = ("scale", F, [1], [(1, struct.pack("<f", 1 / 3))])
    skeleton = b"\x08\x08\x12\x07pytorch:" + b"name: w, shape, scale" + b"B\x04\x0a\x00\x10\x0d"
    # The weight in raw_data, the shape as varints 1 and -1 of ten bytes, the scale behind it without a gap.
    holes = [(20, 0, 24), (3, 1, 11), (0, 0, 4)]
    files = [("model.onnx", len(skeleton) + 39)]
    tensors = [weight, shape, scale]
    envelope, notes = write_envelope(1, files, holes, skeleton), [("made by", "generate.py")]
    yield "py-envelope", write_container(tensors, notes, b"", envelope)
    yield "py-envelope-deflated", write_container(tensors, notes, b"", envelope, (DEFLATED, DEFLATED))
    yield "py-envelope-mixed", write_container(tensors, notes, b"", envelope, (MIXED, MIXED))
    # The weight reaches from the first shard into the second; the tied tensor has a hole of its own.
    files = [("model.json", 18), ("group1-shard1of2.bin", 16), ("group1-shard2of2.bin", 36), ("data/empty.bin", 0)]
    envelope = write_envelope(3, files, [(18, 0, 24), (0, 0, 24), (3, 0, 0)], b'{"format":"layers"\0\0\0\1')
    empty = ("empty", CODES["int8"], [0], [(1, b"")])
    tensors = [weight, ("tied", F, [2, 3], 0), empty]
    yield "py-envelope-of-four-files", write_container(tensors, (), b"", envelope, (DEFLATED, DEFLATED))
    yield "py-envelope-of-four-files-mixed", write_container(tensors, (), b"", envelope, (DEFLATED, MIXED))
    # Names of more bytes than a dictionary has: those of the first tensors are cut off, the preset dictionary with them.
    many = [(f"model.layers.{i}.mlp.{'x' * 1000}", F, [], [(1, bytes(4))]) for i in range(33)]
    skeleton = b"".join(text(name) for name, *_ in many[::-4]) + PRESET[:30]
    holes = [(0, 0, 4)] * 33
    envelope = write_envelope(1, [("m", 132 + len(skeleton))], holes, skeleton)
    yield "py-envelope-of-long-names", write_container(many, (), b"", envelope, (DEFLATED, MIXED))
    # Elements of every width as varints, and a file of nothing but its hole.
    kinds = [("bool", "?", [True, False]), ("uint8", "B", [255]), ("int8", "b", [-1]), ("uint16", "H", [65535])]
    kinds += [("float16", "H", [0x3C00]), ("int32", "i", [-(2**31), 5]), ("uint32", "I", [2**32 - 1]), ("uint64", "Q", [2**64 - 1])]
    lengths = [2, 2, 10, 3, 2, 11, 5, 10]
    tensors = [
        (name, CODES[name], [len(values)], [(1, struct.pack(f"<{len(values)}{code}", *values))])
        for name, code, values in kinds
    ]
    envelope = write_envelope(1, [("m", sum(lengths))], [(0, 1, length) for length in lengths], b"")
    yield "py-envelope-of-varints", write_container(tensors, (), b"", envelope)
    yield "py-envelope-without-a-file-record", write_container([weight], (), b"", write_envelope(1, [], [(3, 0, 24)], b"\x08\x08:\1\0"))
    yield "py-envelope-of-no-bytes", write_container([], (), b"", write_envelope(0, [], [], b""))
    yield "py-envelope-alone", write_container([], (), b"", write_envelope(2, [("é.safetensors", 10)], [], b"\2\0\0\0\0\0\0\0{}"))


def long_vectors():
    """Streams in chunks of 65,536 symbols; more than a few hundred bytes, so they are made anew for each test."""
    values = skewed(90_000, [0.5, 0.0, -0.5, 1.5, 2.5])
    yield "py-long-dense", write_container([("w", F, [90, 1000], [(2, encode_dense(values, 1))])])
    yield "py-long-gaps", write_container([("w", F, [90, 1000], [(3, encode_gaps(values, [90, 1000], 1, 2))])])
    bands = [0.0] * (513 << 12)
    bands[: len(values)] = values
    bands[-3:] = [1.5, 0.0, -0.5]
    yield "py-context-bands", write_container([("w", F, [513, 1 << 12], [(8, encode_context(bands, [513, 1 << 12], 1))])])
    halves = b"".join(struct.pack("<e", (-1) ** (i // 5) * 0.8 ** (i * i % 29)) for i in range(70_000))
    yield "py-long-split", write_container([("w", CODES["float16"], [70, 1000], [(7, encode_split(halves, 2, [0], 1))])])
    yield "py-long-split-end", write_container([("w", CODES["float16"], [66_000], [(7, encode_split(halves[:132_000], 2, [0], 0))])])


def bits_of(*bits):
    out = BitWriter()
    out.bits = list(bits)
    return out.bytes()


def invalid_vectors():
    """Named cause.code.dcz."""
    one = ("w", F, [1], [(1, bytes(4))])
    good = write_container([one])

    def section(cause, code, kind, data, shape=(8,), type_code=F):
        return f"{cause}.{code}", write_container([("w", type_code, list(shape), [(kind, bytes(data))])])

    def directory(cause, code, data, rest=b""):
        return f"{cause}.{code}", write_header(data) + data + rest

    def fields(cause, code, data, rest=b""):
        """A directory of fields that are not packed."""
        return directory(cause, code, b"\0" + data, rest)

    yield "empty-file.truncated", b""
    yield "magic-only.truncated", good[:4]
    yield "half-a-section.truncated", good[:-2]
    yield "half-a-directory.truncated", good[:20]
    yield "zip-file.bad-magic", b"PK\x03\x04" + bytes(20)
    yield "line-ends-translated.bad-magic", b"\x89DC\n" + good[4:]
    head = write_directory([], [one])
    yield "newer-version.unsupported-version", write_header(head, 2) + head + bytes(4)
    yield "version-zero.unsupported-version", write_header(head, 0) + head + bytes(4)
    yield "directory-of-4-gib.limit-exceeded", MAGIC + b"\x01" + b"\xff" * 8
    yield "byte-behind-the-end.trailing-data", good + b"\0"
    yield "bit-in-directory.bad-checksum", good[:14] + bytes([good[14] ^ 1]) + good[15:]
    yield "bit-in-section.bad-checksum", good[:-1] + b"\x01"
    yield "bit-in-graph.bad-checksum", write_container([], (), EXAMPLE_GRAPH)[:-1] + b"\x07"
    yield directory("two-tensors-of-one-name", "duplicate-name", write_directory([], [one, one]), bytes(8))
    yield directory("two-metadata-keys", "duplicate-name", write_directory([("a", "1"), ("a", "2")], []))
    yield directory("metadata-out-of-order", "not-canonical", write_directory([("b", "1"), ("a", "2")], []))
    yield fields("long-varint", "not-canonical", b"\x00\x00\x80\x00")
    yield fields("name-not-utf-8", "out-of-range", b"\x00\x00\x01\x02\xc3\x28\x01\x00\x00")
    yield fields("name-with-surrogate", "out-of-range", b"\x00\x00\x01\x03\xed\xa0\x80\x01\x00\x00")
    yield fields("element-type-zero", "out-of-range", b"\x00\x00\x01\x01w\x00\x00\x00")
    yield fields("rank-33", "limit-exceeded", b"\x00\x00\x01\x01w\x01\x21" + b"\x01" * 33 + b"\x00")
    yield fields("17-sections", "limit-exceeded", b"\x00\x00\x01\x01w\x01\x00\x11" + b"\x01\x00" * 17)
    yield fields("1048577-tensors", "limit-exceeded", b"\x00\x00" + varint(2**20 + 1))
    yield fields("name-of-65536-bytes", "limit-exceeded", b"\x00\x00\x01" + varint(65536) + b"w" * 99)
    yield directory("more-than-2-53-elements", "limit-exceeded", write_directory([], [("w", F, [2**30, 2**30], [(1, b"")])]))
    yield fields("directory-with-more", "trailing-data", b"\x00\x00\x00\x00")
    yield fields("section-of-2-50-bytes", "truncated", b"\x00\x00\x01\x01w\x01\x00\x01\x01" + varint(2**50) + bytes(8))
    yield directory("no-section-and-no-number", "truncated", write_directory([], [("w", F, [1], [])]))
    for kind in (2, 3, 4):
        yield section(f"2-40-weights-{KINDS[kind]}", "limit-exceeded", kind, bytes(4), [2**20, 2**20])
    yield section("2-40-weights-raw", "truncated", 1, bytes(4), [2**20, 2**20])
    zeros = [(f"w{i}", F, [2**23], [(3, b"\x01\x00\x00\x00")]) for i in range(3)]
    yield "many-large-zeros.limit-exceeded", write_container(zeros)
    yield section("raw-too-short", "truncated", 1, bytes(31))
    yield section("raw-too-long", "trailing-data", 1, bytes(33))
    yield section("unknown-kind", "out-of-range", 31, bytes(4))
    yield section("unknown-element-type", "out-of-range", 1, bytes(8), type_code=8)
    yield section("coded-complex64", "out-of-range", 3, [1, 0, 0, 0], type_code=CODES["complex64"])
    yield section("coded-no-elements", "out-of-range", 3, [1, 0, 0, 0], [0])
    h = [0x00, 0x3C]  # 1 as float16
    yield section("dense-unknown-flag", "out-of-range", 2, [3, 4, *h])
    yield section("dense-empty-codebook", "not-canonical", 2, [1, 0])
    two, three, four = ([1, *pack_centroids([1.0, 2.0, 4.0, 8.0][:count], 1)] for count in (2, 3, 4))
    yield section("dense-unused-centroid", "not-canonical", 2, [*two, 0b000])
    yield section("dense-symbol-outside", "out-of-range", 2, [*three, 0b11000])
    yield section("centroids-not-ascending", "not-canonical", 2, [1, 8, 0, 0x40, *h, 0b00])
    yield section("centroid-twice", "not-canonical", 2, [1, 8, *h, *h, 0b00])
    yield section("centroid-infinite", "out-of-range", 2, [1, 4, 0, 0x7C])
    yield section("centroid-nan", "out-of-range", 2, [0, 4, 0, 0, 0xC0, 0x7F])
    yield section("grid-of-65537-centroids", "limit-exceeded", 2, [1, *varint(2 * 65537 + 1), *h, 0])
    yield section("centroids-cut-off", "truncated", 2, [0, *varint(800), 0, 0])
    # Grids: the step, then multiples in Elias gamma; "one" is the multiple 1.
    def grid(cause, code, step, multiples, flags=1):
        numbers = BitWriter()
        for number in multiples:
            numbers.gamma(number)
        return section(cause, code, 2, [flags, *varint(2 * len(multiples) + 1), *step, *numbers.bytes(), 0b000])

    yield grid("grid-step-zero", "out-of-range", [0, 0], [2, 1])
    yield grid("grid-step-negative", "out-of-range", [0, 0xBC], [2, 1])
    yield grid("grid-step-infinite", "out-of-range", [0, 0x7C], [2, 1])
    yield grid("grid-step-nan", "out-of-range", [1, 0x7E], [2, 1])
    yield grid("grid-multiple-too-large", "out-of-range", h, [2 * (1 << 24), 2])
    yield grid("grid-multiple-out-of-gamma", "out-of-range", h, [1 << 26])
    yield grid("grid-centroid-infinite", "out-of-range", struct.pack("<f", 3e38), [2, 1], flags=0)
    yield grid("grid-centroids-that-round-to-one", "not-canonical", [1, 0, 0x80, 0x3F], [2 * ((1 << 24) - 2), 1], flags=0)
    yield grid("grid-of-another-step", "not-canonical", [0, 0x38], [4, 2])
    yield grid("grid-longer-than-a-list", "not-canonical", h, [2])
    yield section("list-longer-than-a-grid", "not-canonical", 2, [1, 12, 0, 0xC2, 0, 0x38, *h, 0b000])
    yield section("grid-padding", "not-canonical", 2, [1, 3, *h, 0b1000, 0b000])
    yield section("grid-cut-off", "truncated", 2, [1, 3, *h])
    yield section("grid-step-cut-off", "truncated", 2, [1, 3, 0])
    # Differences of float16: zero bits, order, sign and magnitude of the first, the code words that follow; eight codes of 0.
    def differences(cause, code, count, *numbers):
        out = BitWriter()
        for value, width in numbers:
            out.number(value, width)
        return section(f"differences-{cause}", code, 2, [1, *varint(4 * count + 2), *out.bytes(), 0b000])

    least, zero = [(10, 4), (0, 4), (0, 1)], (0, 1)
    yield differences("reach-infinity", "out-of-range", 2, *least, (30, 5), zero)
    yield differences("begin-with-infinity", "out-of-range", 2, *least, (31, 5), zero)
    yield differences("leave-16-bits", "out-of-range", 2, *least, (1, 5), (0x7FFF, 15), zero, (0, 15))
    yield differences("leave-32-bits", "out-of-range", 2, *least, (1, 5), (2**32 - 1, 32), zero)
    yield differences("of-another-order", "not-canonical", 2, (10, 4), (1, 4), (0, 1), (1, 5), zero, zero)
    yield differences("with-a-zero-bit-too-few", "not-canonical", 2, (9, 4), (0, 4), (0, 1), (2, 6), (1, 1), zero, (0, 1))
    yield differences("longer-than-a-list", "not-canonical", 1, *least, (1, 5))
    yield differences("longer-than-a-grid", "not-canonical", 2, (0, 4), (0, 4), (0, 1), (0x3C00, 15), (0x3FF, 10), zero, (0, 10))
    yield differences("of-no-centroids", "not-canonical", 0)
    yield differences("padding", "not-canonical", 2, *least, (1, 5), zero, (1, 1))
    yield section("differences-cut-off", "truncated", 2, [1, 10, 0x0A])
    yield section("list-longer-than-differences", "not-canonical", 2, [1, 8, 0, 4, 0, 8, *bits_of(1, 0, 0, 1, 1, 0, 0, 1, 1, 0)])
    # One entry: flags of float16 and 2-bit gaps, centroid 1, its code 1 (constant), gap 3 (constant).
    yield section("gaps-reserved-flag", "out-of-range", 3, [0x91, 1, 4, *h, 1, 0b1000, 0b10000])
    yield section("gaps-more-entries-than-elements", "limit-exceeded", 3, [0x11, 9, 4, *h, 1, 0b1000, 0b10000])
    yield section("gaps-zero-in-codebook", "not-canonical", 3, [0x11, 1, 4, 0, 0, 1, 0b1000, 0b10000])
    yield section("gaps-filler-at-the-end", "not-canonical", 3, [0x11, 1, 4, *h, 1, 0b000, 0b11000])
    yield section("gaps-past-the-end", "out-of-range", 3, [0x11, 3, 4, *h, 1, 0b1000, 0b11000])
    yield section("gaps-values-cut-off", "truncated", 3, [0x11, 1, 4, *h, 9, 0b1000, 0b10000])
    yield section("gaps-short-filler", "not-canonical", 3, [0x11, 2, 4, *h, 1, 0b1001, 0b10000])
    yield section("map-of-all-lines", "not-canonical", 3, [0x19, 1, 4, *h, 0xFE, 0x01, 1, 0b1000, 0b10000])
    yield section("map-run-too-long", "out-of-range", 3, [0x19, 1, 4, *h, 0xFF, 0x03, 1, 0b1000, 0b10000])
    # Eight lines of which the first is dead: nine bits as bits, eight as runs.
    plain = bits_of(0, 0, *[1] * 7)
    yield section("map-not-shortest", "not-canonical", 3, [0x19, 1, 4, *h, *plain, 1, 0b1000, 0b10000])
    # One entry as above, in a matrix of 2 x 4 with maps of classes.
    def classes(cause, flags, *maps):
        streams = [encode_symbols(lines, 16) for lines in maps]
        data = b"".join(varint(len(stream)) + stream for stream in streams)
        return section(cause, "not-canonical", 3, [0x91 | flags, 1, 4, *h, *data, 1, 0b1000, 0b10000], [2, 4])

    yield classes("classes-of-live-lines", 0x08, [1, 0, 1, 1])
    yield classes("class-left-out", 0x08, [1, 3, 1, 1])
    yield classes("class-one-left-out", 0x04, [2, 0])
    yield classes("class-map-of-one-class", 0x0C, [1, 1], [1, 2, 2, 1])
    yield section("class-map-cut-off", "truncated", 3, [0x99, 1, 4, *h, 9, 0], [2, 4])
    yield section("class-flag-without-map", "out-of-range", 4, [0x81, 4, *h, 1, 0b1000, 0], [8])
    yield section("mask-padding", "not-canonical", 4, [1, 4, *h, 2, 0, 0b100], [7])
    yield section("mask-longer-than-stream", "truncated", 4, [1, 4, *h, 9, 0])
    yield section("mask-negative-zero", "not-canonical", 4, [1, 4, 0, 0x80, 2, 0b1000, 0])
    # Form 2, coding 0, alphabet 4: lengths 2, 1 and 1 (Kraft sum 1.25); length 25; lengths 2, 3, 3 and 3 (0.625).
    over = bits_of(0, 1, 0, 0, 0, 1, 1, 0, 0, *[0] * 15)
    yield section("table-over-subscribed", "invalid-table", 2, [*four, *over])
    yield section("table-of-long-code", "invalid-table", 2, [*four, *bits_of(0, 1, 0, 0, *[1] * 45, 0, *[0] * 20)])
    yield section("table-under-subscribed", "invalid-table", 2, [*four, *bits_of(0, 1, 0, 0, 1, 0, 0, 0, 0, *[0] * 20)])
    # Three symbols in eight places take 18 bits or less of 24.
    stream = encode_symbols([0, 1, 2, 0, 1, 2, 0, 1], 3)
    yield section("stream-padding", "not-canonical", 2, [*three, *stream[:-1], stream[-1] | 0x80])
    yield section("stream-byte-too-many", "trailing-data", 2, [*three, *stream, 0])
    yield section("stream-cut-off", "truncated", 2, [*three, *stream[:-1]])
    # Graphs beside a tensor "w" of no elements: opset 13, no name, inputs, outputs, nodes.
    def graph(cause, code, data):
        return f"{cause}.{code}", write_container([("w", F, [0], [(1, b"")])], (), bytes.fromhex("0d00" + data))

    yield graph("graph-output-made-by-no-node", "out-of-range", "00 01 4179 0100 00")
    yield graph("graph-input-named-as-a-tensor", "out-of-range", "01 4177 0100 00 00")
    yield graph("node-output-named-as-another-value", "out-of-range", "01 4178 0100 00 01 00 21 0100 014278 00")
    yield graph("node-input-made-by-no-node", "out-of-range", "00 00 01 00 21 01024178 0100 00")
    # A node Relu without inputs and outputs, whose attribute alpha is of kind 7, or a float that is NaN.
    yield graph("attribute-of-kind-7", "out-of-range", "00 00 01 00 21 00 00 01 2b 07")
    yield graph("attribute-of-a-signalling-nan", "not-canonical", "00 00 01 00 21 00 00 01 2b 02 0100807f")
    yield from invalid_models()
    yield from invalid_repeats()
    yield from invalid_deflate_streams()
    yield from invalid_mixed_streams()
    yield from invalid_levels()
    yield from invalid_splits()
    yield from invalid_sparse()
    yield from invalid_types()
    yield from invalid_contexts()
    yield from invalid_scales()
    yield from invalid_wraps()
    # Eight symbols 0 at fixed width, where the constant form takes fewer bytes.
    yield section("constant-as-fixed", "not-canonical", 2, [1, *pack_centroids([1.0, 2.0], 1), *bits_of(1, 0, *[0] * 8)])


def invalid_models():
    w, n = ("w", F, [2], [(1, bytes(8))]), ("n", CODES["int64"], [2], [(1, bytes(16))])
    codes = ("c", F, [8], [(2, encode_dense([1.0] * 8, 1))])

    def envelope(cause, code, files, holes, skeleton=2, tensors=(w,)):
        plain = write_envelope(1, files, holes, bytes(skeleton))
        return f"{cause}.{code}", write_container(list(tensors), envelope=plain)

    def named(cause, *names, code="out-of-range"):
        return envelope(cause, code, [(name, 10 if i == 0 else 0) for i, name in enumerate(names)], [(1, 0, 8)])

    file = [("m.onnx", 10)]
    yield envelope("hole-leaves-the-files", "out-of-range", file, [(3, 0, 8)])
    yield envelope("hole-longer-than-the-files", "out-of-range", [("m.onnx", 7)], [(0, 0, 8)], 0)
    yield envelope("files-of-more-bytes-than-there-are", "out-of-range", [("m.onnx", 11)], [(1, 0, 8)])
    yield envelope("files-of-fewer-bytes-than-there-are", "out-of-range", file, [(1, 0, 8)], 3)
    yield envelope("files-beyond-2-53", "out-of-range", [("a", 2**53 - 1), ("b", 2**53 - 1)], [(1, 0, 8)])
    yield envelope("hole-beyond-2-53", "out-of-range", file, [(2**53 - 1, 0, 8)])
    yield envelope("hole-that-its-tensor-does-not-fill", "out-of-range", [("m.onnx", 11)], [(1, 0, 9)])
    yield envelope("hole-of-an-unknown-encoding", "out-of-range", file, [(1, 2, 8)])
    yield envelope("varints-of-floats", "out-of-range", file, [(1, 1, 8)])
    yield envelope("varints-of-codes", "out-of-range", file, [(1, 1, 8)], tensors=[codes])
    yield envelope("varints-longer-than-they-can-be", "out-of-range", [("m.onnx", 23)], [(1, 1, 21)], tensors=[n])
    yield envelope("varints-shorter-than-they-can-be", "out-of-range", [("m.onnx", 3)], [(1, 1, 1)], tensors=[n])
    yield envelope("hole-missing", "truncated", file, [], 0)
    yield envelope("hole-leaves-the-file-without-a-record", "out-of-range", [], [(3, 0, 8)])
    yield envelope("file-without-a-record-beyond-2-53", "out-of-range", [], [(0, 1, 2**53 - 1)], 2, [n])
    yield envelope("file-name-of-4097-bytes", "limit-exceeded", [("x" * 4097, 10)], [(1, 0, 8)])
    yield named("file-name-with-a-step-up", "../m.onnx")
    yield named("file-name-with-a-step-up-within", "a/../../m.onnx")
    yield named("file-name-absolute", "/m.onnx")
    yield named("file-name-of-a-drive", "C:m.onnx")
    yield named("file-name-with-a-backslash", "a\\m.onnx")
    yield named("file-name-with-a-nul", "m.onnx\0")
    yield named("file-name-with-an-empty-part", "a//m.onnx")
    yield named("file-name-of-a-dot", "./m.onnx")
    yield named("file-name-empty", "m.onnx", "")
    yield named("file-name-empty-of-the-only-file", "")
    yield named("file-name-twice", "m.onnx", "m.onnx", code="duplicate-name")
    yield named("file-name-of-another-files-folder", "m/weights.bin", "m")
    plain = write_envelope(1, [("m.onnx", 10)], [(1, 0, 8)], bytes(2))
    yield "bit-in-envelope.bad-checksum", write_container([w], envelope=plain)[:-9] + b"\1" + bytes(8)

    def model(cause, code, data):
        whole = b"\0\0" + data + b"\0"
        return f"{cause}.{code}", write_header(whole) + whole

    yield model("model-of-kind-3", "out-of-range", b"\3\1\0" + bytes(4))
    yield model("model-of-no-bytes", "out-of-range", b"\1\0\0")
    yield model("graph-of-2-26-bytes-and-one", "limit-exceeded", b"\1" + varint(2**26 + 1) + b"\0")
    yield model("graph-that-inflates-to-2-26-bytes-and-one", "limit-exceeded", b"\1\1" + packing_field(DEFLATED, 2**26 + 1) + bytes(4))
    yield model("envelope-that-inflates-to-2-30-bytes-and-one", "limit-exceeded", b"\2\1" + packing_field(DEFLATED, 2**30 + 1) + bytes(4))


def invalid_repeats():
    one, other = ("a", F, [2], [(1, bytes(8))]), ("b", F, [2], [(1, bytes(8))])

    def repeat(cause, *tensors):
        return f"{cause}.out-of-range", write_container(list(tensors))

    yield repeat("repeat-of-a-later-tensor", ("r", F, [2], 1), other)
    yield repeat("repeat-of-itself", one, ("r", F, [2], 1))
    yield repeat("repeat-of-a-repeat", one, ("r", F, [2], 0), ("s", F, [2], 1))
    yield repeat("repeat-of-another-shape", one, ("r", F, [1, 2], 0))
    yield repeat("repeat-of-another-type", one, ("r", CODES["int32"], [2], 0))
    zeros = ("z", F, [2**14], [(3, b"\1\0\0\0")])
    many = [zeros] + [(f"r{i}", F, [2**14], 0) for i in range(1026)]
    yield "repeats-of-2-24-elements-and-more.limit-exceeded", write_container(many, packings=(DEFLATED, PLAIN))


def packed_places(name, cause, code, change, fields=b"\0\0\0"):
    """The same accident to a directory of these fields, a graph and an envelope. `change` gives the field `packing` and the stream
    of the plain bytes."""
    record, stream = change(fields)
    directory = record + stream
    yield f"{name}-directory-{cause}.{code}", write_header(directory) + directory
    for kind, model, plain in ((1, "graph", EXAMPLE_GRAPH), (2, "envelope", write_envelope(0, [("m", 9)], [], bytes(9)))):
        record, stream = change(plain)
        directory = b"\0\0" + bytes([kind]) + varint(len(stream)) + record + chunk_crcs(stream) + b"\0"
        yield f"{name}-{model}-{cause}.{code}", write_header(directory) + directory + stream


def invalid_deflate_streams():
    def places(cause, code, change):
        """The same accident to all that may be packed, and to sections of both forms. `change` gives the length and the stream of
        `plain`."""

        def packed(plain):
            length, stream = change(plain, PRESET)
            return packing_field(DEFLATED, length), stream

        yield from packed_places("deflated", cause, code, packed)
        dense = encode_dense([1.0] * 4096, 1)
        length, stream = change(dense, b"")
        yield f"wrapped-section-{cause}.{code}", write_container([("w", F, [4096], [(WRAPPED + 2, varint(length) + stream)])])
        for kind, form in ((5, "section"), (6, "planes")):
            length, stream = change(bytes(32), b"")
            yield f"deflated-{form}-{cause}.{code}", write_container([("w", CODES["float16"], [length // 2], [(kind, stream)])])

    def even(length):
        return length + length % 2

    yield from places("shorter-than-claimed", "truncated", lambda plain, d: (even(len(plain) + 2), deflate(plain, d)))
    yield from places("longer-than-claimed", "trailing-data", lambda plain, d: (even(len(plain) - 2), deflate(plain, d)))
    yield from places("with-a-byte-behind", "trailing-data", lambda plain, d: (len(plain), deflate(plain, d) + b"\0"))
    yield from places("cut-off", "truncated", lambda plain, d: (len(plain), deflate(plain, d)[:-1]))
    yield from places("bomb", "truncated", lambda plain, d: (even(1032 * len(deflate(plain, d)) + 2), deflate(plain, d)))
    # A block of the type that there is none of; a distance of 32,768 where the window is shorter.
    yield from places("of-no-deflate", "out-of-range", lambda plain, d: (len(plain), b"\7" + bytes(9)))
    far = bits_of(1, 1, 0, *[0, 0, 0, 0, 0, 0, 1], *[1, 1, 1, 0, 1], *[1] * 13) + bytes(9)
    yield from places("before-its-window", "out-of-range", lambda plain, d: (len(plain), far))
    directory = packing_field(DEFLATED, 2**26 + 1) + deflate(b"\0\0\0", PRESET)
    yield "directory-that-inflates-to-2-26-bytes-and-one.limit-exceeded", write_header(directory) + directory
    flat = deflate(bytes(8))
    yield "planes-of-bytes.out-of-range", write_container([("w", CODES["int8"], [8], [(6, flat)])])
    yield "planes-of-half-bytes.out-of-range", write_container([("w", CODES["uint4"], [16], [(6, flat)])])
    yield "2-40-elements-deflated.limit-exceeded", write_container([("w", F, [2**40], [(5, flat)])])
    yield "2-40-elements-in-planes.limit-exceeded", write_container([("w", F, [2**40], [(6, flat)])])


def invalid_mixed_streams():
    fields = write_directory([("notes", "the same words, the same words, the same")], [])[1:]

    def places(cause, code, change, shortfall=0):
        """`change`: of the stream, given how many bytes of it a reader takes in. `shortfall`: bytes that the record leaves out."""

        def packed(plain):
            length = len(plain) - shortfall
            dictionary = directory_dictionary(MIXED) if plain is fields else PRESET
            stream = mixed_bytes.encode(plain, dictionary)
            coder, model = mixed_bytes.Decoder(stream), mixed_bytes.model_behind(dictionary).copy()
            for _ in range(length):
                model.code(coder)
            return packing_field(MIXED, length), change(stream, coder.at)

        return packed_places("mixed", cause, code, packed, fields)

    yield from places("with-a-byte-behind", "trailing-data", lambda stream, taken: stream.ljust(taken, b"\0") + b"\1")
    yield from places("with-a-zero-behind", "not-canonical", lambda stream, taken: stream + b"\0")
    yield from places("with-another-end", "not-canonical", lambda stream, taken: stream + b"\1")
    yield from places("of-zeros", "not-canonical", lambda stream, taken: b"\0")
    yield from places("longer-than-claimed", "not-canonical", lambda stream, taken: stream, 8)
    yield from packed_places("mixed", "of-2-20-bytes-and-one", "limit-exceeded", lambda plain: (packing_field(MIXED, 2**20 + 1), b"\1"))
    yield from packed_places("mixed", "of-257-bytes-in-one", "limit-exceeded", lambda plain: (packing_field(MIXED, 257), b"\x7f"))
    yield from packed_places("mixed", "of-a-long-varint", "not-canonical", lambda plain: (b"\x81\0", b"\1"))
    # Cut off, it stands for other bytes, which are no directory and no model.
    yield from places("cut-off", "out-of-range", lambda stream, taken: stream[:-4])
    for name, directory in (("of-no-bytes", b""), ("with-half-a-packing", b"\x81")):
        yield f"directory-{name}.truncated", write_header(directory) + directory


def invalid_wraps():
    def section(cause, code, kind, data, shape=(8,), type_code=F):
        return f"{cause}.{code}", write_container([("w", type_code, list(shape), [(WRAPPED + kind, bytes(data))])])

    good = encode_dense([0.5, 1.5] * 4, 1)
    yield section("wrapped-raw", "out-of-range", 1, wrapped(1, bytes(32))[1])
    yield section("wrapped-unknown-kind", "out-of-range", 31, wrapped(7, bytes(32))[1])
    yield section("wrapped-nothing", "out-of-range", 0, wrapped(0, bytes(32))[1])
    yield section("wrapped-without-a-length", "truncated", 2, b"")
    yield section("wrapped-of-no-bytes", "truncated", 2, wrapped(2, b"")[1])
    yield section("wrapped-in-more-bytes-than-elements-take", "limit-exceeded", 2, wrapped(2, bytes(64 + 16 * 8 + 1))[1])
    yield section("wrapped-with-a-long-varint", "not-canonical", 2, bytes([0x80 | len(good), 0]) + deflate(good))
    yield section("wrapped-with-a-byte-behind-the-stream", "trailing-data", 2, wrapped(2, good + b"\0")[1])
    yield section("wrapped-twice", "out-of-range", 2, wrapped(2, wrapped(2, good)[1])[1])
    yield section("wrapped-complex64-in-codes", "out-of-range", 2, wrapped(2, good)[1], type_code=CODES["complex64"])
    yield section("wrapped-no-elements-in-codes", "out-of-range", 2, wrapped(2, good)[1], shape=[0])
    yield section("wrapped-planes-of-bytes", "out-of-range", 6, wrapped(6, deflate(bytes(8)))[1], type_code=CODES["int8"])
    yield section("wrapped-elements-too-few", "truncated", 5, wrapped(5, deflate(bytes(31)))[1])
    # Deflated twice, few bytes could stand for any number.
    twice = wrapped(5, deflate(bytes(2**16)))[1]
    yield section("wrapped-bomb", "limit-exceeded", 5, twice, [2**26], CODES["int8"])
    yield section("2-40-weights-wrapped", "limit-exceeded", 3, wrapped(3, bytes(4))[1], [2**20, 2**20])
    codes = ("c", F, [8], [wrapped(2, encode_dense([1.0] * 8, 1))])
    envelope = write_envelope(1, [("m", 10)], [(1, 1, 8)], bytes(2))
    yield "varints-of-wrapped-floats.out-of-range", write_container([codes], envelope=envelope)


# --- Symbol streams by themselves ----------------------------------------------------------------------------------

STREAMS = Path(__file__).resolve().parent / "huffman"


def stream_vectors():
    """Name, alphabet, symbols, bytes."""

    def encoded(name, alphabet, symbols):
        return name, alphabet, symbols, encode_symbols(symbols, alphabet)

    yield encoded("no-symbols", 7, [])
    yield encoded("one-symbol-to-choose-from", 1, [0] * 9)
    yield encoded("constant", 8, [5, 5, 5])
    yield encoded("constant-of-16-bits", 65536, [65535] * 1000)
    yield encoded("fixed", 4, [0, 3, 1, 2])
    yield encoded("huffman", 8, [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0])
    yield encoded("huffman-of-16-bits", 300, [i * i % 300 if i % 4 else 7 for i in range(500)])
    yield encoded("huffman-limited", 15, [s for s in range(15) for _ in range(2 ** min(s, 9))])
    yield encoded("runs", 8, [1 + i % 3 if i % 50 == 7 else 0 for i in range(600)])
    yield encoded("runs-with-fillers", 300, [299 if i in (0, 255, 256, 1000, 1999) else 4 for i in range(3000)])
    yield encoded("runs-of-many", 16, [9 if i % 7000 == 5000 else 2 for i in range(70000)])
    yield encoded("chunks", 3, [i % 3 for i in range(65537)])
    codes = [[1, 2, 2, 0], [2, 2, 2, 2]]
    symbols = [int(i % 9 == 0) for i in range(65536)] + [3, 2, 1, 0, 3]
    yield "chunks-with-codes", 4, symbols, encode_chunks(symbols, codes, [0, 1])
    codes = [[0] * 300 + [10] * 1024, [0] * 1322 + [1, 1]]
    symbols = [1322 + i % 2 for i in range(65536)] + [300, 301, 1000]
    yield "chunks-of-16-bits", 1324, symbols, encode_chunks(symbols, codes[::-1], [0, 1])


def invalid_stream_vectors():
    """Name with the code of the error, alphabet, count, bytes."""

    def runs(dominant, tokens, others, inner=encode_without_runs):
        """Of an alphabet of 8."""
        coded = inner(tokens, 256)
        return bits_of(0, 0, 1, *(dominant >> i & 1 for i in range(3))) + bytes([len(tokens), len(coded)]) + coded + encode_without_runs(others, 8)

    def codes_told(number, tables, numbers=()):
        out = BitWriter()
        out.number(3, 2)
        out.gamma(number)
        for lengths in tables:
            out.bits += write_table(lengths).bits
        for value in numbers:
            out.number(value, width_of(number))
        return out.bytes() + bytes(30000)

    yield "runs-within-runs.out-of-range", 8, 600, runs(0, [7] + [49] * 11, [1] * 12, lambda t, a: encode_runs(t, a, 49))
    yield "filler-at-the-end.not-canonical", 8, 600, runs(0, [7, 255], [1])
    yield "dominant-among-the-others.not-canonical", 8, 600, runs(0, [7, 49], [1, 0])
    yield "runs-of-more-symbols-than-there-are.out-of-range", 8, 56, runs(0, [7, 49], [1, 2])
    yield "more-tokens-than-symbols.limit-exceeded", 8, 3, runs(0, [0] * 4, [1] * 4)
    yield "runs-where-huffman-is-smaller.not-canonical", 8, 8, runs(0, [0, 1, 2, 1], [1, 2, 3, 1])
    yield "tokens-cut-off.truncated", 8, 600, runs(0, [7, 49], [1, 2])[:3]
    yield "others-cut-off.truncated", 8, 600, runs(0, [7, 49], [1, 2])[:-1]
    yield "byte-behind-runs.trailing-data", 8, 600, runs(0, [7, 49], [1, 2]) + bytes(1)
    yield "dominant-symbol-outside.out-of-range", 7, 600, runs(7, [7, 49], [1, 2])
    yield "constant-symbol-outside.out-of-range", 5, 3, bits_of(0, 0, 0, 1, 0, 1)
    yield "fixed-symbol-outside.out-of-range", 5, 1, bits_of(1, 0, 1, 0, 1)
    yield "chunks-of-few-symbols.out-of-range", 3, 6, encode_chunks([0, 1, 2] * 2, [[1, 2, 2]], [0])
    yield "long-stream-without-chunks.out-of-range", 2, 65537, bits_of(0, 1, 0, 0, 0, 0) + bytes(8193)
    yield "more-codes-than-chunks.limit-exceeded", 2, 65537, codes_told(3, [])
    yield "code-too-long.limit-exceeded", 14, 65537, codes_told(1, [[*range(1, 14), 13]])
    yield "code-number-outside.out-of-range", 2, 196608, codes_told(3, [[1, 1]] * 3, [0, 1, 3])
    yield "codes-out-of-order.not-canonical", 2, 131072, codes_told(2, [[1, 1]] * 2, [1, 0])
    yield "code-unused.not-canonical", 2, 131072, codes_told(2, [[1, 1]] * 2, [0, 0])
    good = encode_chunks([0, 1] * 32769, [[1, 1]], [0, 0])
    yield "chunk-cut-off.truncated", 2, 65538, good[:-1]
    yield "byte-behind-chunks.trailing-data", 2, 65538, good + bytes(1)
    yield "chunk-padding.not-canonical", 2, 65538, good[:-1] + b"\x80"
    yield "chunk-of-fewer-symbols.trailing-data", 2, 65537, good


def stream_record(alphabet, count, data, **more):
    """As JSON; zero bytes at the end are told by their number."""
    kept = data.rstrip(b"\0")
    return {"alphabet": alphabet, "count": count, "bytes": kept.hex(), "zeros": len(data) - len(kept), **more}


def symbols_checksum(symbols, alphabet):
    """CRC-32C of the symbols, a byte each if the alphabet has at most 256, else two, little-endian."""
    width = 1 if alphabet <= 256 else 2
    return f"{crc32c(b''.join(symbol.to_bytes(width, 'little') for symbol in symbols)):08x}"


def write_streams():
    for old in STREAMS.glob("*/*.json"):
        old.unlink()
    records = [
        (f"valid/{name}", stream_record(alphabet, len(symbols), data, crc32c=symbols_checksum(symbols, alphabet)))
        for name, alphabet, symbols, data in stream_vectors()
    ] + [(f"invalid/{name}", stream_record(*record)) for name, *record in invalid_stream_vectors()]
    for name, record in records:
        path = STREAMS / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def check_streams():
    failures = count = 0
    for path in sorted(STREAMS.glob("*/*.json")):
        count += 1
        record = json.loads(path.read_text("utf-8"))
        expected = record.get("crc32c") or path.name.split(".")[-2]
        data = bytes.fromhex(record["bytes"]) + bytes(record["zeros"])
        try:
            symbols = decode_symbols(data, record["alphabet"], record["count"])
            got = symbols_checksum(symbols, record["alphabet"])
        except FormatError as error:
            got = error.code
        if got != expected:
            failures += 1
            print(f"{path.name}: expected {expected}, got {got}")
    print(f"{count} streams, {failures} wrong")
    return 1 if failures or not count else 0


def main(arguments):
    if arguments == ["--check"]:
        sys.exit(check([HERE / "valid", HERE / "invalid"]) or check_streams())
    if arguments[:1] == ["--check"]:
        sys.exit(check([Path(folder) for folder in arguments[1:]]))
    if arguments[:1] == ["--write"] and len(arguments) == 2:
        write_valid(Path(arguments[1]), [*valid_vectors(), *long_vectors()])
    elif not arguments:
        write_valid(HERE / "valid", valid_vectors())
        for old in (HERE / "invalid").glob("*.dcz"):
            old.unlink()
        for name, data in invalid_vectors():
            (HERE / "invalid" / f"{name}.dcz").write_bytes(data)
        write_streams()
    else:
        sys.exit(__doc__)


def write_valid(folder, vectors):
    for name, data in vectors:
        (folder / f"{name}.dcz").write_bytes(data)
        content = json.dumps(decode(data), ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(content + "\n", encoding="utf-8")


def check(folders):
    failures = count = 0
    for path in sorted(path for folder in folders for path in folder.glob("*.dcz")):
        count += 1
        expected_file = path.with_suffix(".json")
        invalid = not expected_file.exists()
        expected = path.name.split(".")[-2] if invalid else json.loads(expected_file.read_text("utf-8"))
        try:
            got = decode(path.read_bytes())
        except FormatError as error:
            got = error.code if invalid else str(error)
        if got != expected:
            failures += 1
            print(f"{path.name}: expected {json.dumps(expected)[:400]}\n  got {json.dumps(got)[:400]}")
    print(f"{count} vectors, {failures} wrong")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    main(sys.argv[1:])
