// The other side of the SRTP interoperability tests: libsrtp2, one command a line on stdin, one answer a line on stdout.
//   libsrtp_peer PROFILE SEND_KEYS RECEIVE_KEYS [SEND_MKIS RECEIVE_MKIS]
//                (PROFILE: number of the DTLS-SRTP registry; keys in hexadecimal, several with commas between)
//   protect|unprotect|protect-rtcp|unprotect-rtcp HEX  ->  STATUS HEX   (srtp_err_status_t, 0 is success)
//   roc SSRC ROC                                   ->  STATUS           (roll-over counter of what is sent)
//   key NUMBER                                     ->  STATUS           (which of the keys is used to send)
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PACKET = 4096, MAX_KEYS = 4 };

typedef struct {
  unsigned char key[MAX_KEYS][64], mki[MAX_KEYS][128];
  srtp_master_key_t master[MAX_KEYS], *pointers[MAX_KEYS];
  unsigned count;
} keys_t;

static int from_hex(const char *text, unsigned char *out, int room) {
  int length = 0;
  for (; text[0] && text[1] && length < room; text += 2) {
    char pair[3] = {text[0], text[1], 0}, *end;
    out[length] = (unsigned char)strtoul(pair, &end, 16);
    if (*end) break;
    length++;
  }
  return length;
}

static void answer(srtp_err_status_t status, const unsigned char *data, int length) {
  printf("%d ", (int)status);
  for (int i = 0; status == srtp_err_status_ok && i < length; i++) printf("%02x", data[i]);
  printf("\n");
  fflush(stdout);
}

static int list_from_hex(char *text, unsigned char *out, int room, unsigned *last_length) {
  int count = 0;
  for (char *item = strtok(text, ","); item && count < MAX_KEYS; item = strtok(NULL, ",")) {
    *last_length = (unsigned)from_hex(item, out + room * count++, room);
  }
  return count;
}

static void read_keys(char *keys, char *mkis, keys_t *out) {
  unsigned length = 0;
  out->count = (unsigned)list_from_hex(keys, out->key[0], sizeof out->key[0], &length);
  unsigned mki_length = 0;
  if (mkis) list_from_hex(mkis, out->mki[0], sizeof out->mki[0], &mki_length);
  for (unsigned i = 0; i < out->count; i++) {
    out->master[i].key = out->key[i];
    out->master[i].mki_id = out->mki[i];
    out->master[i].mki_size = mki_length;
    out->pointers[i] = &out->master[i];
  }
}

static srtp_t open_session(srtp_profile_t profile, keys_t *keys, srtp_ssrc_type_t direction) {
  srtp_policy_t policy;
  memset(&policy, 0, sizeof policy);
  srtp_t session = NULL;
  if ((int)profile == 3 || (int)profile == 4) {  // AES-256 in counter mode has no number there
    srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
    if ((int)profile == 4) srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp);
  } else if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) != srtp_err_status_ok ||
      srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) != srtp_err_status_ok) {
    return NULL;
  }
  policy.ssrc.type = direction;
  policy.keys = keys->pointers;
  policy.num_master_keys = keys->count;
  policy.window_size = 1024;
  return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

int main(int argc, char **argv) {
  if ((argc != 4 && argc != 6) || srtp_init() != srtp_err_status_ok) return 2;
  static keys_t send_keys, receive_keys;
  const unsigned use_mki = argc == 6;
  unsigned key = 0;
  read_keys(argv[2], use_mki ? argv[4] : NULL, &send_keys);
  read_keys(argv[3], use_mki ? argv[5] : NULL, &receive_keys);
  srtp_profile_t profile = (srtp_profile_t)atoi(argv[1]);
  srtp_t sender = open_session(profile, &send_keys, ssrc_any_outbound);
  srtp_t receiver = open_session(profile, &receive_keys, ssrc_any_inbound);
  if (!sender || !receiver) return 3;

  static char line[2 * MAX_PACKET + 64], text[2 * MAX_PACKET + 64];
  static unsigned char packet[MAX_PACKET + SRTP_MAX_TRAILER_LEN];
  while (fgets(line, sizeof line, stdin)) {
    char command[32];
    unsigned ssrc, roc;
    if (sscanf(line, "roc %u %u", &ssrc, &roc) == 2) {
      answer(srtp_set_stream_roc(sender, ssrc, roc), packet, 0);
      continue;
    }
    if (sscanf(line, "key %u", &key) == 1) {
      answer(srtp_err_status_ok, packet, 0);
      continue;
    }
    text[0] = 0;
    if (sscanf(line, "%31s %s", command, text) < 1) continue;
    int length = from_hex(text, packet, MAX_PACKET);
    srtp_err_status_t status = srtp_err_status_bad_param;
    if (!strcmp(command, "protect")) status = srtp_protect_mki(sender, packet, &length, use_mki, key);
    if (!strcmp(command, "unprotect")) status = srtp_unprotect_mki(receiver, packet, &length, use_mki);
    if (!strcmp(command, "protect-rtcp")) status = srtp_protect_rtcp_mki(sender, packet, &length, use_mki, key);
    if (!strcmp(command, "unprotect-rtcp")) status = srtp_unprotect_rtcp_mki(receiver, packet, &length, use_mki);
    answer(status, packet, length);
  }
  srtp_dealloc(sender);
  srtp_dealloc(receiver);
  return 0;
}
