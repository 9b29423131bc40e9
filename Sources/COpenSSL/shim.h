#ifndef TARN_COPENSSL_SHIM_H
#define TARN_COPENSSL_SHIM_H

/* The one-shot hash below needs the calls that take no context from the heap; they are the same code as EVP's. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* SHA-256 of `length` bytes at `bytes`, written to the 32 bytes at `digest`; 1 when it worked. */
static inline int tarn_sha256(const void *bytes, size_t length, unsigned char *digest) {
    SHA256_CTX context;
    return SHA256_Init(&context) == 1 && SHA256_Update(&context, bytes, length) == 1 && SHA256_Final(digest, &context) == 1;
}

#endif
