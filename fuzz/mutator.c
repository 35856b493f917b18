/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure-aware mutator: what can be done to any input of head and records. */
#include "mutator.h"

#include <string.h>

enum { STACKED = 4, RUN = 8 };

/* Where steps begin; `start[count]` is where the last one ends. */
struct steps {
    size_t count, start[MUTATOR_STEPS + 1];
};

/* An input in the making. */
struct draft {
    const struct mutator_format *format;
    struct mutator_random random;
    uint8_t *data;
    size_t size, max;
    struct steps steps;
};

uint32_t mutator_random(struct mutator_random *random)
{
    /* splitmix64 */
    uint64_t z = random->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (uint32_t)(z >> 32);
}

uint32_t mutator_below(struct mutator_random *random, size_t limit)
{
    uint32_t r = mutator_random(random);
    return limit > 0 ? (uint32_t)(r % limit) : 0;
}

/* ---- any octets ---- */

static void perturb_octet(struct mutator_random *random, uint8_t *octet)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x10, 0x40, 0xfe};
    switch (mutator_below(random, 4)) {
    case 0:
        *octet = edges[mutator_below(random, sizeof edges)];
        break;
    case 1:
        *octet ^= (uint8_t)(1u << mutator_below(random, 8));
        break;
    case 2:
        *octet += (uint8_t)(mutator_below(random, 2) ? 1 : -1);
        break;
    default:
        *octet = (uint8_t)mutator_random(random);
        break;
    }
}

static void make(struct draft *d, uint8_t *record)
{
    if (d->format->make) {
        d->format->make(&d->random, record);
        return;
    }
    for (size_t i = 0; i < d->format->record; i++)
        record[i] = (uint8_t)mutator_random(&d->random);
}

static void perturb(struct draft *d, uint8_t *record)
{
    if (d->format->perturb)
        d->format->perturb(&d->random, record);
    else
        perturb_octet(&d->random, &record[mutator_below(&d->random, d->format->record)]);
}

/* ---- steps ---- */

size_t mutator_steps(const struct mutator_format *format, const uint8_t *data, size_t size,
                     size_t ret_start[MUTATOR_STEPS + 1])
{
    size_t steps = 0, at = format->head;
    bool prepared = false;
    for (; at + format->record <= size; at += format->record) {
        if (!prepared && steps < MUTATOR_STEPS)
            ret_start[steps++] = at;
        prepared = format->prepares && format->prepares(data + at);
    }
    if (steps == 0 && size > format->head) /* half a record alone */
        ret_start[steps++] = format->head;
    ret_start[steps] = size > format->head ? size : format->head;
    return steps;
}

static void look(struct draft *d)
{
    d->steps.count = mutator_steps(d->format, d->data, d->size, d->steps.start);
}

/* Fill up a head or a record that is cut off: a missing octet counts as zero. */
static void complete(struct draft *d)
{
    size_t whole = d->format->head;
    if (d->size > whole) {
        size_t records = (d->size - whole + d->format->record - 1) / d->format->record;
        whole += records * d->format->record;
    }
    while (whole > d->max)
        whole = whole > d->format->head ? whole - d->format->record : d->max;
    if (d->size < whole)
        memset(d->data + d->size, 0, whole - d->size);
    d->size = whole;
    look(d);
}

/* A boundary between steps, or either end. */
static size_t any_place(struct mutator_random *random, const struct steps *steps)
{
    return steps->start[mutator_below(random, steps->count + 1)];
}

/* Some steps that follow each other: mostly one. There must be one. */
static void any_run(struct mutator_random *random, const struct steps *steps, size_t *ret_from,
                    size_t *ret_to)
{
    size_t first = mutator_below(random, steps->count), count = 1;
    if (mutator_below(random, 3) == 0)
        count += mutator_below(random, RUN);
    if (count > steps->count - first)
        count = steps->count - first;
    *ret_from = steps->start[first];
    *ret_to = steps->start[first + count];
}

/* Make room for LEN octets at AT; false if there is none. */
static bool open_gap(struct draft *d, size_t at, size_t len)
{
    if (len > d->max - d->size)
        return false;
    memmove(d->data + at + len, d->data + at, d->size - at);
    d->size += len;
    return true;
}

static void reverse(uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        uint8_t octet = p[i];
        p[i] = p[len - 1 - i];
        p[len - 1 - i] = octet;
    }
}

/* Exchange the first LEFT octets of P with the RIGHT octets behind them. */
static void exchange(uint8_t *p, size_t left, size_t right)
{
    reverse(p, left);
    reverse(p + left, right);
    reverse(p, left + right);
}

static bool is_full(const struct draft *d)
{
    return d->format->steps > 0 && d->steps.count >= d->format->steps;
}

/* ---- what is done to an input: each says whether it could ---- */

static bool insert(struct draft *d)
{
    size_t at = any_place(&d->random, &d->steps);
    if (is_full(d) || !open_gap(d, at, d->format->record))
        return false;
    make(d, d->data + at);
    return true;
}

static bool replace(struct draft *d)
{
    size_t at = d->steps.start[mutator_below(&d->random, d->steps.count)];
    if (d->steps.count == 0 || at + d->format->record > d->size)
        return false;
    make(d, d->data + at);
    return true;
}

static bool drop(struct draft *d)
{
    size_t from, to;
    if (d->steps.count == 0)
        return false;
    any_run(&d->random, &d->steps, &from, &to);
    memmove(d->data + from, d->data + to, d->size - to);
    d->size -= to - from;
    return true;
}

/* Behind itself, which makes repeated segments and calls, or anywhere. */
static bool duplicate(struct draft *d)
{
    size_t from, to, at;
    if (d->steps.count == 0 || is_full(d))
        return false;
    any_run(&d->random, &d->steps, &from, &to);
    at = mutator_below(&d->random, 2) ? to : any_place(&d->random, &d->steps);
    if (!open_gap(d, at, to - from))
        return false;
    if (at <= from)
        memcpy(d->data + at, d->data + to, to - from);
    else if (at >= to)
        memcpy(d->data + at, d->data + from, to - from);
    else { /* the gap lies within the run itself */
        memcpy(d->data + at, d->data + from, at - from);
        memmove(d->data + at + (at - from), d->data + at + (to - from), to - at);
    }
    return true;
}

static bool swap(struct draft *d)
{
    size_t i = mutator_below(&d->random, d->steps.count),
           j = mutator_below(&d->random, 2) ? i + 1 : mutator_below(&d->random, d->steps.count);
    if (i > j) {
        size_t k = i;
        i = j;
        j = k;
    }
    if (i == j || j >= d->steps.count)
        return false;
    const size_t *start = d->steps.start;
    size_t left = start[i + 1] - start[i], right = start[j + 1] - start[j];
    size_t between = start[j] - start[i + 1];
    uint8_t *p = d->data + start[i];
    exchange(p, left + between, right);
    exchange(p + right, left, between);
    return true;
}

/* One run of steps over another place, and what stood there is gone. */
static bool splice(struct draft *d)
{
    size_t from, to, at;
    if (d->steps.count < 2)
        return false;
    any_run(&d->random, &d->steps, &from, &to);
    at = d->steps.start[mutator_below(&d->random, d->steps.count)];
    size_t len = to - from < d->size - at ? to - from : d->size - at;
    memmove(d->data + at, d->data + from, len);
    return at != from;
}

static bool perturb_one(struct draft *d)
{
    size_t records =
        d->size > d->format->head ? (d->size - d->format->head) / d->format->record : 0;
    if (records == 0)
        return false;
    perturb(d, d->data + d->format->head + mutator_below(&d->random, records) * d->format->record);
    return true;
}

static bool perturb_head(struct draft *d)
{
    if (d->format->head == 0 || d->size < d->format->head)
        return false;
    if (d->format->perturb_head)
        d->format->perturb_head(&d->random, d->data);
    else
        perturb_octet(&d->random, &d->data[mutator_below(&d->random, d->format->head)]);
    return true;
}

/* Time goes on to the next deadline, or over some of them. */
static bool stretch(struct draft *d)
{
    uint8_t record[MUTATOR_RECORD_MAX];
    size_t at = any_place(&d->random, &d->steps);
    size_t count = mutator_below(&d->random, 4) ? 1 : 1 + mutator_below(&d->random, RUN);
    if (!d->format->wait || is_full(d) || !open_gap(d, at, count * d->format->record))
        return false;
    d->format->wait(&d->random, record);
    for (size_t i = 0; i < count; i++)
        memcpy(d->data + at + i * d->format->record, record, d->format->record);
    return true;
}

/* Where everything else is impossible: MAX is too small even for a head. */
static bool any_octet(struct draft *d)
{
    if (d->size < d->max && mutator_below(&d->random, 2))
        d->data[d->size++] = 0;
    if (d->size == 0)
        return false;
    perturb_octet(&d->random, &d->data[mutator_below(&d->random, d->size)]);
    return true;
}

static bool change(struct draft *d)
{
    static bool (*const changes[])(struct draft *) = {
        insert,      insert,      insert,      replace,     drop,        drop,         duplicate,
        duplicate,   swap,        splice,      perturb_one, perturb_one, perturb_one,  perturb_one,
        perturb_one, perturb_one, perturb_one, stretch,     stretch,     perturb_head, perturb_head,
    };
    return changes[mutator_below(&d->random, sizeof changes / sizeof *changes)](d);
}

size_t mutator_mutate(const struct mutator_format *format, uint8_t *data, size_t size, size_t max,
                      uint64_t seed)
{
    struct draft d = {.format = format, .random = {seed}, .data = data, .max = max};
    d.size = size < max ? size : max;
    complete(&d);
    if (max == 0)
        return 0;
    for (unsigned left = 1 + mutator_below(&d.random, STACKED), tries = 0; left > 0; tries++) {
        if (change(&d) || (tries > 8 && any_octet(&d)))
            left--;
        look(&d);
    }
    if (d.size == 0)
        data[d.size++] = 0;
    return d.size;
}

/* ---- of two inputs one ---- */

struct parent {
    const uint8_t *data;
    size_t size;
    struct steps steps;
};

static void add(struct draft *child, const struct parent *parent, size_t from, size_t to)
{
    size_t len = to - from < child->max - child->size ? to - from : child->max - child->size;
    memcpy(child->data + child->size, parent->data + from, len);
    child->size += len;
}

/* Steps of both in turn, in runs. */
static void interleave(struct draft *child, const struct parent *a, const struct parent *b)
{
    const struct parent *parent[2] = {a, b};
    size_t done[2] = {0, 0};
    for (unsigned turn = 0; done[0] < a->steps.count || done[1] < b->steps.count; turn ^= 1) {
        const struct steps *steps = &parent[turn]->steps;
        size_t to = done[turn] + 1 + mutator_below(&child->random, 3);
        if (to > steps->count)
            to = steps->count;
        add(child, parent[turn], steps->start[done[turn]], steps->start[to]);
        done[turn] = to;
    }
}

/* Half a record at the end is left out: what comes behind it would lie askew. */
static void read_parent(struct parent *p, const struct mutator_format *format, const uint8_t *data,
                        size_t size)
{
    p->data = data;
    p->size = size > format->head ? size - (size - format->head) % format->record : size;
    p->steps.count = mutator_steps(format, data, p->size, p->steps.start);
}

/* Some steps of B in the midst of A's, or the beginning of A and the end of B. */
static void join(struct draft *child, const struct parent *a, const struct parent *b, bool whole)
{
    size_t from = any_place(&child->random, &b->steps), to = b->steps.start[b->steps.count];
    size_t cut = any_place(&child->random, &a->steps);
    if (whole)
        any_run(&child->random, &b->steps, &from, &to);
    add(child, a, child->format->head, cut);
    add(child, b, from, to);
    if (whole)
        add(child, a, cut, a->steps.start[a->steps.count]);
}

size_t mutator_cross(const struct mutator_format *format, const uint8_t *a_data, size_t a_size,
                     const uint8_t *b_data, size_t b_size, uint8_t *ret_data, size_t max,
                     uint64_t seed)
{
    struct parent a, b;
    struct draft child = {.format = format, .random = {seed}, .data = ret_data, .max = max};
    read_parent(&a, format, a_data, a_size);
    read_parent(&b, format, b_data, b_size);
    const struct parent *first = mutator_below(&child.random, 4) ? &a : &b;
    child.size = first->size < format->head ? first->size : format->head;
    child.size = child.size < max ? child.size : max;
    memcpy(ret_data, first->data, child.size);
    complete(&child);
    unsigned how = mutator_below(&child.random, 3);
    if (how == 0)
        interleave(&child, &a, &b);
    else
        join(&child, &a, &b, how == 1 && b.steps.count > 0);
    return child.size;
}
