/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/sha256.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tap.h"

/* NIST: FIPS 180-4 examples and the short messages of the Secure Hash Algorithm Validation System. */
static const struct {
	const char *name, *unit;
	size_t times;
	const char *hex;
} cases[] = {
	{ "the empty message", "", 1,
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "one byte", "\xd3", 1,
	  "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1" },
	{ "abc", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "448 bits: padding needs a block of its own",
	  "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "896 bits",
	  "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
	  "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	{ "a million times 'a'", "a", 1000000,
	  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static void test_vectors(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_sha256 s;
		char hex[SH_SHA256_TEXT];

		sh_sha256_init(&s);
		for (size_t n = 0; n < cases[i].times; n++)
			sh_sha256_update(&s, cases[i].unit, strlen(cases[i].unit));
		sh_sha256_final(&s, hex);
		OK(strcmp(hex, cases[i].hex) == 0, "%s", cases[i].name);
	}
}

static void digest(const char *data, size_t len, size_t piece, char hex[SH_SHA256_TEXT])
{
	struct sh_sha256 s;

	sh_sha256_init(&s);
	for (size_t at = 0; at < len; at += piece)
		sh_sha256_update(&s, data + at, len - at < piece ? len - at : piece);
	sh_sha256_final(&s, hex);
}

/* Every length around the block and padding borders, in pieces of every size. */
static void test_pieces(void)
{
	char data[200];
	int wrong = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	for (size_t len = 0; len <= sizeof(data); len++) {
		char whole[SH_SHA256_TEXT];

		digest(data, len, sizeof(data), whole);
		for (size_t piece = 1; piece <= 130; piece++) {
			char hex[SH_SHA256_TEXT];

			digest(data, len, piece, hex);
			wrong += strcmp(hex, whole) != 0;
		}
	}
	OK(wrong == 0, "pieces of 1 to 130 bytes give the digest of the whole, 0 to 200 bytes");
}

static void test_file(void)
{
	char path[] = "/tmp/sh-test-sha256.XXXXXX", hex[SH_SHA256_TEXT];
	struct sh_error err = SH_ERROR_INIT;
	int fd = mkstemp(path);
	char *big = sh_malloc(100000);

	memset(big, 'a', 100000);
	for (int i = 0; i < 10; i++)
		OK(write(fd, big, 100000) == 100000, "write part %d of the file", i);
	OK(sh_sha256_file(AT_FDCWD, path, hex, &err) == 0 && strcmp(hex, cases[5].hex) == 0,
	   "a file of a million bytes");
	unlink(path);
	OK(sh_sha256_file(AT_FDCWD, path, hex, &err) < 0 && err.code == SH_ERRC_UNAVAILABLE,
	   "a missing file is unavailable");
	sh_error_clear(&err);
	OK(sh_sha256_file(AT_FDCWD, "/", hex, &err) < 0 && err.code == SH_ERRC_SYSTEM,
	   "a directory is an error");
	close(fd);
	free(big);
}

int main(void)
{
	test_vectors();
	test_pieces();
	test_file();
	return plan_done();
}
