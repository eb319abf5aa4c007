#!/usr/bin/env python3
"""A second implementation of mixed bytes (docs/format.md, section 2, "Mixed bytes"), written from that text with Python's
standard library only. It shares no code with the packages.

  mixed_bytes.py                 writes its vectors: mixed-bytes/valid/*.json and mixed-bytes/invalid/*.json
  mixed_bytes.py --check [DIR..] decodes and encodes every vector of the folders: the bytes must be those that the JSON says;
                                 without DIR those of mixed-bytes/, where invalid ones end in the code of their name
"""

import functools
import json
import random
import sys
from pathlib import Path

from context_coding import STRETCH, Decoder, Encoder, FormatError, State, need, squash

HERE = Path(__file__).resolve().parent / "mixed-bytes"
MAX_MIXED_BYTES = 1 << 20
MAX_DICTIONARY_BYTES = 1 << 15
MASK = 0xFFFFFFFF


class Learning:
    """A coder of bits that every reader knows."""

    def code(self, bit, _p):
        return bit


class Checking:
    """A decoder that encodes what it decodes."""

    def __init__(self, data):
        self.decoder, self.encoder = Decoder(data), Encoder()

    def code(self, _bit, p):
        return self.encoder.code(self.decoder.code(0, p), p)


# --- Model ------------------------------------------------------------------------------------------------------------


def folded(h, *values):
    """F of the text."""
    for value in values:
        h = (h + value) * 0x9E3779B1 & MASK
        h ^= h >> 15
    return h


def entry_of(last):
    """The entry of the table, by the last four bytes."""
    return folded(0, *reversed(last)) & 0xFFFF


def is_of_word(byte):
    return byte == 0x5F or 0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A


class Bit:
    """A kind of bit: its adaptive bits, as (q, n), and rows of weights."""

    def __init__(self, size, contexts, rows):
        self.size, self.states = size, {}
        self.rows = [[19661] * (contexts + 1) for _ in range(rows)]

    def copy(self):
        other = Bit(self.size, 0, 0)
        other.states, other.rows = self.states.copy(), [row.copy() for row in self.rows]
        return other

    def code(self, coder, bit, row, contexts):
        places = [context % self.size for context in contexts]
        logits = [STRETCH[self.states.get(place, FRESH)[0] >> 10] for place in places] + [256]
        weights = self.rows[row]
        total = sum(logit * weight for logit, weight in zip(logits, weights)) >> 16
        p = squash(max(-3072, min(3072, total)))
        bit = coder.code(bit, max(16, min(65520, p)))
        error = (bit << 16) - p >> 4
        for i, logit in enumerate(logits):
            weights[i] += logit * 4 * error + (1 << 13) >> 14
        for place in places:
            self.states[place] = learnt(*self.states.get(place, FRESH), bit)
        return bit


FRESH = (64 * 32768, 0)


@functools.lru_cache(None)
def learnt(q, n, bit):
    state = State(0, n)
    state.q = q
    state.learn(bit, 14)
    return state.q, state.n


class Model:
    def __init__(self):
        self.x, self.places, self.word = bytearray(), {}, 0
        self.match, self.length = None, 0
        self.hits, self.bits = Bit(1 << 18, 5, 1), Bit(1 << 20, 7, 2)

    def copy(self):
        other = Model()
        other.x, other.places, other.word = self.x.copy(), self.places.copy(), self.word
        other.match, other.length = self.match, self.length
        other.hits, other.bits = self.hits.copy(), self.bits.copy()
        return other

    def last(self, distance):
        return self.x[-distance] if distance <= len(self.x) else 0

    def code(self, coder, byte=0, lie=False):
        """One byte; `byte` is what an encoder codes. `lie`: an invalid stream says that it is not the one that is foretold."""
        found, hit = -1, 0
        if self.match is not None:
            found = self.x[self.match]
            hit = self.hits.code(coder, int(byte == found and not lie), 0, self.contexts_of_hit(found))
        if hit:
            byte = found
        else:
            byte = self.code_bits(coder, byte, found)
            need(byte != found or lie, "not-canonical", "the byte that is foretold, in eight bits")
        self.append(byte, found)
        return byte

    def contexts_of_hit(self, found):
        one, two, three, four = (self.last(distance) for distance in (1, 2, 3, 4))
        near = folded(3, found, one, two)
        return [
            folded(1, found, self.length),
            folded(1, found, self.length, one),
            near,
            folded(near, three, four),
            folded(5, found, len(self.x) - self.match),
        ]

    def code_bits(self, coder, byte, found):
        behind = 0
        if self.match is not None and self.match + 1 < len(self.x):
            behind = self.x[self.match + 1]
        starts = [
            folded(2, self.last(1), self.last(2)),
            folded(1, found, self.last(1)),
            folded(3, found, behind),
            folded(4, found, self.length),
            folded(5, self.word),
            folded(6, self.last(4)),
            folded(6, self.last(4), self.last(8)),
        ]
        t = 1
        for i in reversed(range(8)):
            contexts = [folded(start, t) for start in starts]
            t = 2 * t + self.bits.code(coder, byte >> i & 1, int(found >= 0), contexts)
        return t - 256

    def append(self, byte, found):
        self.x.append(byte)
        self.word = folded(self.word, byte) if is_of_word(byte) else 0
        n = len(self.x)
        if self.match is not None:
            if byte == found:
                self.match, self.length = self.match + 1, min(16, self.length + 1)
            elif self.length >= 8:
                self.match, self.length = self.match + 1, 0
            else:
                self.match, self.length = None, 0
        if n >= 4:
            entry = entry_of(self.x[-4:])
            place = self.places.get(entry)
            if place is not None and self.length == 0:
                equal = 0
                while equal < min(16, place) and self.x[place - 1 - equal] == self.x[n - 1 - equal]:
                    equal += 1
                if equal >= 4:
                    self.match, self.length = place, equal
            self.places[entry] = n


# --- Streams ----------------------------------------------------------------------------------------------------------


@functools.lru_cache(2)
def model_behind(dictionary):
    model = Model()
    for byte in dictionary:
        model.code(Learning(), byte)
    return model


def encode(data, dictionary=b"", lies=()):
    """`lies`: places whose byte an invalid stream tells in eight bits although it is the one that is foretold."""
    coder, model = Encoder(), model_behind(dictionary[-MAX_DICTIONARY_BYTES:]).copy()
    for place, byte in enumerate(data):
        model.code(coder, byte, place in lies)
    return coder.finish()


def decode(data, length, dictionary=b""):
    need(length <= MAX_MIXED_BYTES, "limit-exceeded", f"{length} mixed bytes")
    coder, model = Checking(data), model_behind(dictionary[-MAX_DICTIONARY_BYTES:]).copy()
    decoded = bytes(model.code(coder) for _ in range(length))
    need(len(data) <= coder.decoder.at, "trailing-data", "bytes behind a mixed stream")
    need(coder.encoder.finish() == data, "not-canonical", "another encoding of the same bytes")
    return decoded


# --- Vectors: plain bytes and dictionaries are lists of parts, in hexadecimal, and how often each is repeated ---------


def parts(*repeated):
    return [[data.hex(), times] for data, times in repeated]


def joined(repeated):
    return b"".join(bytes.fromhex(data) * times for data, times in repeated)


def drawn(count, seed, alphabet=range(256)):
    rng = random.Random(seed)
    return bytes(rng.choice(alphabet) for _ in range(count))


def names(layers):
    ends = ("attention.query.weight", "attention.query.bias", "output.LayerNorm.weight", "num_batches_tracked")
    return "".join(f"\x12\x1aencoder.layer_{i}.{end}\x08\x01" for i in range(layers) for end in ends).encode()


def misspelt(text, times, seed):
    """Copies of a text in each of which one byte is another: matches that break, and go on behind it."""
    rng, out = random.Random(seed), bytearray()
    for _ in range(times):
        at = rng.randrange(len(text))
        out += text[:at] + bytes([rng.randrange(256)]) + text[at + 1 :]
    return bytes(out)


def pieces(text, size, times, seed):
    """Of a text, from anywhere in it: an entry of the table that was overwritten is missed."""
    rng = random.Random(seed)
    starts = [rng.randrange(len(text) - size) for _ in range(times)]
    return b"".join(text[start : start + size] for start in starts)


def alike(count, seed):
    """Pairs of four bytes that have the same entry of the table, but only the last three in common."""
    rng, out = random.Random(seed), b""
    while len(out) < 8 * count:
        tail, firsts = bytes(rng.randrange(256) for _ in range(3)), {}
        for first in range(256):
            other = firsts.setdefault(entry_of(bytes([first]) + tail), first)
            if other != first:
                out += bytes([other]) + tail + bytes([first]) + tail
                break
    return out


def valid_vectors():
    """Name, plain bytes, dictionary: both as parts."""
    none = parts()
    yield "nothing", none, none
    yield "nothing-behind-a-dictionary", none, parts((b"conv", 9))
    yield "one-byte", parts((b"A", 1)), none
    yield "one-byte-of-ones", parts((b"\xff", 1)), none
    yield "one-byte-of-zeros", parts((b"\0", 1)), none
    yield "example", parts((b"conv1.conv2.conv3.co", 1)), none
    yield "zeros", parts((b"\0", 5000)), none
    yield "ones", parts((b"\xff", 5000)), none
    yield "random", parts((drawn(1500, 1), 1)), none
    yield "two-bytes-at-random", parts((drawn(2000, 2, b"ab"), 1)), none
    yield "every-byte", parts((bytes(range(256)), 3)), none
    yield "floats", parts((b"".join(bytes([0, 0, i * i % 256, 0x3F - i % 3]) for i in range(400)), 1)), none
    yield "names", parts((names(16), 1)), none
    yield "names-misspelt", parts((misspelt(names(1), 20, 3), 1)), none
    yield "short-words-misspelt", parts((misspelt(b"abcdefghijk", 200, 4), 1)), none
    yield "words", parts(("The layer's Größe_2 of 3x3@[`{z}Z_a: é_é ".encode(), 7), (drawn(900, 5, b"aZ_@[`{ z"), 1)), none
    yield "dictionary", parts((names(4), 1)), parts((names(3)[50:], 1))
    yield "dictionary-of-3-bytes", parts((b"abcabcdabcde", 6)), parts((b"abc", 1))
    yield "random-and-again", parts((drawn(600, 6), 1)), parts((drawn(600, 6), 1))
    text = drawn(4000, 8)
    yield "pieces-of-a-dictionary", parts((pieces(text, 8, 200, 9), 1)), parts((text, 1))
    yield "alike-in-3-bytes", parts((alike(30, 10), 1)), none
    # Of the longer ones the random bytes at the beginning are cut off: all of them, none, or half.
    head = drawn(64, 7)
    for name, before in (("cut", 0), ("whole", 64), ("cut-amid", 32)):
        text = b"layer.weight "
        times, rest = divmod(MAX_DICTIONARY_BYTES - before, len(text))
        dictionary = parts((head, 1), (text[len(text) - rest :], 1), (text, times))
        yield f"long-dictionary-{name}", parts((head, 1), (b"weight layer.weight layer", 3), (head, 1)), dictionary


def invalid_vectors():
    """Name with the code of the error, bytes that it stands for, their dictionary, the stream. (One that is cut off, or read
    behind another dictionary, is nearly always the stream of other bytes.)"""
    plain = b"conv1.conv2.conv3.co"
    data = encode(plain)
    decoder = Decoder(data)
    model = Model()
    for _ in plain:
        model.code(decoder)
    yield "byte-behind.trailing-data", len(plain), b"", data.ljust(decoder.at, b"\0") + b"\1"
    yield "zero-behind-what-is-read.trailing-data", len(plain), b"", data.ljust(decoder.at, b"\0") + b"\0"
    yield "zeros-behind.not-canonical", len(plain), b"", data.ljust(decoder.at, b"\0")
    yield "zero-behind.not-canonical", len(plain), b"", data + b"\0"
    yield "one-behind.not-canonical", len(plain), b"", data + b"\1"
    yield "another-end.not-canonical", len(plain), b"", data[:-1] + bytes([data[-1] ^ 1])
    yield "foretold-byte-in-eight-bits.not-canonical", len(plain), b"", encode(plain, lies=[15])
    again = plain[:6] * 3
    yield "last-byte-in-eight-bits.not-canonical", len(again), b"", encode(again, lies=[len(again) - 1])
    yield "byte-of-a-dictionary-in-eight-bits.not-canonical", len(again), again, encode(again, again, [0])
    yield "zero-alone.not-canonical", len(plain), b"", b"\0"
    yield "of-fewer-bytes.not-canonical", len(plain) - 8, b"", data
    yield "of-far-fewer-bytes.trailing-data", 1, b"", data
    yield "byte-of-nothing.not-canonical", 0, b"", b"\1"
    yield "zero-of-nothing.not-canonical", 0, b"conv0.", b"\0"
    yield "bytes-of-nothing.trailing-data", 0, b"", b"\0\0\0\0\0\0\1"


def write():
    for kind in ("valid", "invalid"):
        folder = HERE / kind
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
    for name, plain, dictionary in valid_vectors():
        data = encode(joined(plain), joined(dictionary))
        known = {"length": len(joined(plain)), "dictionary": dictionary}
        save(HERE / "valid" / f"{name}.json", {**known, "bytes": data.hex(), "plain": plain})
    for name, length, dictionary, data in invalid_vectors():
        known = {"length": length, "dictionary": parts((dictionary, 1))}
        save(HERE / "invalid" / f"{name}.json", {**known, "bytes": data.hex()})


def save(path, record):
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")


def check(folders):
    failures = count = 0
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        count += 1
        record = json.loads(path.read_text("utf-8"))
        data, dictionary = bytes.fromhex(record["bytes"]), joined(record["dictionary"])
        expected = joined(record["plain"]) if "plain" in record else path.name.split(".")[-2]
        try:
            got = decode(data, record["length"], dictionary)
        except FormatError as error:
            got = error.code
        if got == expected and "plain" in record and encode(got, dictionary) != data:
            got = "another encoding"
        if got != expected:
            failures += 1
            print(f"{path.name}: expected {str(expected)[:200]}, got {str(got)[:200]}")
    print(f"{count} streams, {failures} wrong")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    if not sys.argv[1:]:
        write()
    elif sys.argv[1] == "--check":
        sys.exit(check([Path(folder) for folder in sys.argv[2:]] or [HERE / "valid", HERE / "invalid"]))
    else:
        sys.exit(__doc__)
