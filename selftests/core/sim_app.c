// SPDX-License-Identifier: GPL-2.0
/*
 * The programs at both ends, and the verdict on what they experienced: whatever a network loses or
 * forges, a program reads what the other wrote, from the first octet on, and an end of file means
 * all of it.
 */
#include "sim.h"

#define PATIENCE (48 * 3600 * CLASP_SEC)

static u32 stream_len(const struct host *host)
{
	u64 kind = dice_below(100), len;

	if (kind < 25)
		len = dice_below(10);
	else if (kind < 65)
		len = dice_below(3000);
	else if (kind < 97)
		len = dice_below(30000);
	else
		len = dice_below(STREAM_MAX);
	return clasp_min(len, 60 * host->rcv_buf);
}

void app_start(struct app *app)
{
	struct host *host = app->host;
	u64 violence = dice_below(100);
	u32 least;

	app->total = stream_len(&world.host[!host->id]);
	app->written = 0;
	app->got = 0;
	app->write_most = 1 + dice_below(dice_chance(5000) ? 100 : 20000);
	app->read_most = 1 + dice_below(dice_chance(3000) ? 50 : 40000);
	app->sndbuf = 1 + dice_below(dice_chance(2000) ? 3000 : 120000);
	least = clasp_min(clasp_min(app->write_most, app->read_most), app->sndbuf);
	app->total = clasp_min(app->total, 300 * least);
	app->manner = violence < 80 ? POLITE : violence < 94 ? HASTY : VIOLENT;
	if (host->id == SERVER && app->manner == POLITE && dice_chance(4000))
		app->manner = ANSWERING;
	app->abort_at = world.now + dice_below(dice_chance(5000) ? CLASP_SEC : 30 * CLASP_SEC);
	app->patience_at = world.now + PATIENCE;
	app->running = true;
	app->shut = false;
	app->closed = false;
	app->saw_eof = false;
	app->impatient = false;
	host->choice.nodelay = dice_chance(5000) && !world.scenario.perfect;
	for (u32 i = 0; i < app->total; i++)
		app->out[i] = dice();
	app->next_at = world.now + dice_below(world.scenario.think + 1);
	chronicle("%c program: writes %u by %u, reads by %u, manner %u, buffers %u and %u, mss %u",
		  host->id ? 'S' : 'C', app->total, app->write_most, app->read_most, app->manner,
		  app->sndbuf, host->rcv_buf, host->mss);
}

void app_wake(struct app *app)
{
	if (app->running && !app->closed && !app->next_at)
		app->next_at = world.now + dice_below(world.scenario.think + 1);
}

/* What came before an error is read before the error is met, as with TCP. */
static bool over(const struct app *app)
{
	return (app->host->error || app->host->ended) && !host_unread(app->host);
}

static bool act_write(struct app *app)
{
	u32 room = app->sndbuf > app->host->snd_queued ? app->sndbuf - app->host->snd_queued : 0;
	u32 len = clasp_min(app->total - app->written, 1 + dice_below(app->write_most));

	if (app->manner == ANSWERING && !app->saw_eof)
		return false;
	len = clasp_min(len, room);
	if (!len)
		return false;
	app->host->more = dice_chance(500) && app->written + len < app->total;
	len = host_write(app->host, app->out + app->written, len, true, world.now);
	app->host->more = false;
	app->written += len;
	return len;
}

static bool act_read(struct app *app)
{
	static u8 bytes[HOST_RING];
	u32 len = host_read(app->host, bytes, 1 + dice_below(app->read_most), world.now);

	if (app->got + len > app->peer->written ||
	    __builtin_memcmp(bytes, app->peer->out + app->got, len))
		violation(app->host, "octets %u+%u are not what was written", app->got, len);
	app->got += len;
	world.octets += len;
	if (app->host->eof && !host_unread(app->host) && !app->saw_eof) {
		app->saw_eof = true;
		if (app->got != app->peer->written)
			violation(app->host, "end of file after %u of %u octets", app->got,
				  app->peer->written);
		return true;
	}
	return len;
}

static void finish(struct app *app)
{
	if (app->manner == VIOLENT && !app->shut && dice_chance(5000))
		host_abort(app->host, world.now);
	else
		host_close(app->host, CLASP_END_SOCKET, world.now);
	app->closed = true;
	app->next_at = 0;
	chronicle("%c program: closes after %u written, %u read, error %u",
		  app->host->id ? 'S' : 'C', app->written, app->got, app->host->error);
}

static void act_end(struct app *app)
{
	bool all = app->written == app->total;

	if (app->manner == VIOLENT && world.now >= app->abort_at) {
		host_abort(app->host, world.now);
		finish(app);
	} else if (over(app) || (all && (app->manner == HASTY || app->saw_eof))) {
		finish(app);
	} else if (all && !app->shut && app->host->connected && app->manner != ANSWERING) {
		host_close(app->host, CLASP_END_WRITE, world.now);
		app->shut = true;
		chronicle("%c program: shuts down", app->host->id ? 'S' : 'C');
	} else if (world.now >= app->patience_at) {
		app->impatient = true;
		finish(app);
	}
}

void app_act(struct app *app)
{
	bool busy = act_read(app);

	busy |= act_write(app);
	if (!busy)
		host_await(app->host, world.now);
	act_end(app);
	if (app->closed)
		return;
	app->next_at = busy ? world.now + 1 + dice_below(world.scenario.think + 1) : 0;
}

static bool polite(const struct app *app)
{
	return app->running && app->manner <= ANSWERING;
}

void app_count(const struct app *app)
{
	const struct clasp_tcb *tcb = &app->host->ep.tcb;

	if (!world.scenario.shuffled || !app->host->connected || !polite(app) || !polite(app->peer))
		return;
	world.shuffled++;
	world.reduced += tcb->cong.ssthresh && tcb->cong.ssthresh != CLASP_CWND_MAX;
}

/* Between two polite programs nothing may fail while retries last. */
void app_verdict(const struct app *app)
{
	const struct app *peer = app->peer;

	if (!world.scenario.patient || app->manner > ANSWERING || peer->manner > ANSWERING)
		return;
	if (app->impatient)
		violation(app->host, "ran out of patience in %s",
			  clasp_state_name(app->host->ep.tcb.state));
	if (app->got != peer->total || !app->saw_eof)
		violation(app->host, "read %u of %u octets%s, error %u", app->got, peer->total,
			  app->saw_eof ? "" : " and no end of file", app->host->error);
	if (app->host->error && !app->saw_eof)
		violation(app->host, "failed with error %u", app->host->error);
}
