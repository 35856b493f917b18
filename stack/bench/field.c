/* SPDX-License-Identifier: BSD-2-Clause */
/* Many connections of one host to peers that the benchmark plays. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

enum { PORTS = 50000 };

static void open_one(struct field *field, size_t i, struct frame *syn_ack)
{
    const struct subject *s = field->subject;
    struct peer *p = &field->peer[i];
    const uint8_t *packet;
    p->addr = 0x0a010001 + (uint32_t)(i / PORTS);
    p->port = 1000;
    p->local_port = (uint16_t)(2000 + i % PORTS);
    p->seq = (uint32_t)i * 100000 + 1;
    p->conn = s->connect(0, p->local_port, p->addr, p->port);
    if (!s->output(0, &packet))
        bench_fail(s->name, "sends no SYN");
    p->ack = packet_seq(packet) + 1;
    size_t len = frame_address(syn_ack, p, FLAG_SYN | FLAG_ACK);
    p->seq++;
    s->input(0, syn_ack->bytes, len, NULL);
    while (s->output(0, &packet))
        ;
    if (!s->is_open(p->conn))
        bench_fail(s->name, "a connection does not open");
}

bool field_open(struct field *field, const struct subject *subject, size_t count,
                const struct subject_options *options)
{
    static const uint8_t offered[8] = {2, 4, MSS >> 8, MSS & 255, 1, 3, 3, 4};
    struct frame syn_ack;
    if (!subject->start(options))
        return false;
    frame_fill(&syn_ack, sizeof(offered), 0);
    memcpy(syn_ack.bytes + HEADERS, offered, sizeof(offered));
    uint64_t sum = sum_octets(offered, sizeof(offered));
    syn_ack.text_sum = (uint32_t)(sum % 65535);
    field->subject = subject;
    field->count = count;
    field->active = count / 2;
    field->peer = calloc(count, sizeof(*field->peer));
    if (!field->peer)
        bench_fail(subject->name, "no memory");
    for (size_t i = 0; i < count; i++)
        open_one(field, i, &syn_ack);
    return true;
}

void field_close(struct field *field)
{
    field->subject->stop();
    free(field->peer);
    field->peer = NULL;
}
