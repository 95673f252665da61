// SPDX-License-Identifier: GPL-2.0
/*
 * Visited moments stand in one growing array and are found through a table of indices, each with
 * some bits of the digest beside it. Moments that differ only in what may still be lost, duplicated
 * and so on share a digest: one that was reached with at least as much left to spend can do all that
 * the other can, so the other need not be visited.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "explore_store.h"

#define EMPTY (~0ULL)
#define WORDS (sizeof(struct moment) / sizeof(u64))
#define MAP_WORDS ((WORDS + 63) / 64)
#define CHUNK_WORDS 0x20000
#define FIRST_ROOM 0x20000
#define HUGE_PAGE 0x200000

_Static_assert(sizeof(struct moment) % sizeof(u64) == 0, "a moment is packed by words");

/* Packed moments, first in, first out. */
struct chunk {
	struct chunk *next;
	u32 written;
	u32 read;
	u64 word[CHUNK_WORDS];
};

struct visit *visits;
u32 visit_count;

static u32 room;
static u64 *table;
static u64 table_mask;
static struct chunk *oldest, *newest;
static u64 origin[WORDS];

static void *must(void *memory)
{
	if (!memory) {
		fputs("# out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return memory;
}

static u64 label_of(const struct digest *digest, u32 index)
{
	return (u64)digest->word[2] << 32 | index;
}

static u64 first_slot(const struct digest *digest)
{
	return ((u64)digest->word[1] << 32 | digest->word[0]) & table_mask;
}

/* The slot of the next visit with this digest from @slot on, or an empty one. */
static u64 probe(const struct digest *digest, u64 slot)
{
	for (; table[slot] != EMPTY; slot = (slot + 1) & table_mask)
		if (table[slot] >> 32 == digest->word[2] &&
		    !memcmp(&visits[(u32)table[slot]].digest, digest, sizeof(*digest)))
			break;
	return slot;
}

static void enter(u32 index)
{
	u64 slot = first_slot(&visits[index].digest);

	while (table[slot] != EMPTY)
		slot = (slot + 1) & table_mask;
	table[slot] = label_of(&visits[index].digest, index);
}

static void grow(void)
{
	room = room ? 2 * room : FIRST_ROOM;
	visits = must(realloc(visits, room * sizeof(*visits)));
	free(table);
	table_mask = 2ULL * room - 1;
	table = must(aligned_alloc(HUGE_PAGE, 2ULL * room * sizeof(*table)));
	madvise(table, 2ULL * room * sizeof(*table), MADV_HUGEPAGE);
	memset(table, 0xff, 2ULL * room * sizeof(*table));
	for (u32 i = 0; i < visit_count; i++)
		enter(i);
}

/* Forget everything; `now` is the moment that all others come from. */
void store_begin(void)
{
	free(visits);
	free(table);
	visits = NULL;
	table = NULL;
	visit_count = 0;
	room = 0;
	for (; oldest; oldest = newest) {
		newest = oldest->next;
		free(oldest);
	}
	memcpy(origin, &now, sizeof(now));
	grow();
}

/* The first visit with this digest, or UNKNOWN. */
u32 store_find(const struct digest *digest)
{
	u64 slot = probe(digest, first_slot(digest));

	return table[slot] == EMPTY ? UNKNOWN : (u32)table[slot];
}

static u64 *reserve(void)
{
	if (!newest || newest->written + 1 + MAP_WORDS + WORDS > CHUNK_WORDS) {
		struct chunk *chunk = must(malloc(sizeof(*chunk)));

		chunk->next = NULL;
		chunk->written = 0;
		chunk->read = 0;
		if (newest)
			newest->next = chunk;
		else
			oldest = chunk;
		newest = chunk;
	}
	return &newest->word[newest->written];
}

/* Most words of a moment are those of the beginning: a map tells which are not. */
static void pack(u32 index, const struct moment *moment)
{
	const u64 *from = (const u64 *)moment;
	u64 *to = reserve(), *map = to + 1, *word = map + MAP_WORDS;

	to[0] = index;
	memset(map, 0, MAP_WORDS * sizeof(*map));
	for (u32 i = 0; i < WORDS; i++)
		if (from[i] != origin[i]) {
			map[i / 64] |= 1ULL << i % 64;
			*word++ = from[i];
		}
	newest->written += word - to;
}

static u32 unpack(struct moment *moment)
{
	const u64 *from = &oldest->word[oldest->read], *map = from + 1, *word = map + MAP_WORDS;
	u64 *to = (u64 *)moment;

	for (u32 i = 0; i < WORDS; i++)
		to[i] = map[i / 64] >> i % 64 & 1 ? *word++ : origin[i];
	oldest->read += word - from;
	return from[0];
}

/* The oldest moment that was not left yet; false when there is none. */
bool store_leave(u32 *index, struct moment *moment)
{
	while (oldest && oldest->read == oldest->written) {
		struct chunk *done = oldest;

		oldest = done->next;
		if (!oldest)
			newest = NULL;
		free(done);
	}
	if (!oldest)
		return false;
	*index = unpack(moment);
	return true;
}

/* Note the moment `now`, unless one that can do as much was there. */
void store_visit(u32 parent, struct step step)
{
	u32 spent = moment_spent(&now);
	struct digest digest;
	u64 slot;

	moment_digest(&now, &digest);
	slot = probe(&digest, first_slot(&digest));
	for (; table[slot] != EMPTY; slot = probe(&digest, (slot + 1) & table_mask))
		if (spent_less(visits[(u32)table[slot]].spent, spent))
			return;
	if (visit_count == room) {
		grow();
		slot = first_slot(&digest);
		while (table[slot] != EMPTY)
			slot = (slot + 1) & table_mask;
	}
	visits[visit_count] = (struct visit){
		.digest = digest, .parent = parent, .step = step, .spent = spent,
	};
	table[slot] = label_of(&digest, visit_count);
	pack(visit_count++, &now);
}
