// The other side of the SRTP interoperability tests: libsrtp2, one command a line on stdin, one answer a line on stdout.
//   libsrtp_peer PROFILE SEND_KEY RECEIVE_KEY      (PROFILE: number of the DTLS-SRTP registry; keys in hexadecimal)
//   protect|unprotect|protect-rtcp|unprotect-rtcp HEX  ->  STATUS HEX   (srtp_err_status_t, 0 is success)
//   roc SSRC ROC                                   ->  STATUS           (roll-over counter of what is sent)
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PACKET = 4096 };

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

static srtp_t open_session(srtp_profile_t profile, unsigned char *key, srtp_ssrc_type_t direction) {
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
  policy.key = key;
  policy.window_size = 1024;
  return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

int main(int argc, char **argv) {
  if (argc != 4 || srtp_init() != srtp_err_status_ok) return 2;
  unsigned char send_key[64] = {0}, receive_key[64] = {0};
  from_hex(argv[2], send_key, sizeof send_key);
  from_hex(argv[3], receive_key, sizeof receive_key);
  srtp_profile_t profile = (srtp_profile_t)atoi(argv[1]);
  srtp_t sender = open_session(profile, send_key, ssrc_any_outbound);
  srtp_t receiver = open_session(profile, receive_key, ssrc_any_inbound);
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
    text[0] = 0;
    if (sscanf(line, "%31s %s", command, text) < 1) continue;
    int length = from_hex(text, packet, MAX_PACKET);
    srtp_err_status_t status = srtp_err_status_bad_param;
    if (!strcmp(command, "protect")) status = srtp_protect(sender, packet, &length);
    if (!strcmp(command, "unprotect")) status = srtp_unprotect(receiver, packet, &length);
    if (!strcmp(command, "protect-rtcp")) status = srtp_protect_rtcp(sender, packet, &length);
    if (!strcmp(command, "unprotect-rtcp")) status = srtp_unprotect_rtcp(receiver, packet, &length);
    answer(status, packet, length);
  }
  srtp_dealloc(sender);
  srtp_dealloc(receiver);
  return 0;
}
