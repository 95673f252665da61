// SPDX-License-Identifier: GPL-2.0
/*
 * Lives whole connections in virtual time, one world a seed, thousands of seeds. A violation prints
 * its seed; `sim --seed N --verbose` lives that world again and tells every segment, timer and
 * call.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define EVENTS_MAX 3000000
#define WINDOW_LARGE 100000		/* more than fits without scaling, less than HOST_RING */
#define SUPER_MAX 65000			/* octets of a super-packet */
#define QUIET (20 * CLASP_SEC)		/* longer than any segment can be under way */

struct world world;
static u64 events;
static u32 broken;

/* splitmix64 */
u64 dice(void)
{
	u64 z = world.random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

u64 dice_below(u64 limit)
{
	return limit ? dice() % limit : 0;
}

u64 dice_between(u64 low, u64 high)
{
	return low + dice_below(high - low + 1);
}

bool dice_chance(u32 in_10000)
{
	return dice_below(10000) < in_10000;
}

void chronicle(const char *format, ...)
{
	va_list args;

	if (!world.verbose)
		return;
	printf("%14.6f  ", world.now / 1e9);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void violation(const struct host *host, const char *format, ...)
{
	va_list args;

	printf("# seed %llu at %.6f s, %s (%s): ", (unsigned long long)world.seed, world.now / 1e9,
	       host->id ? "server" : "client", clasp_state_name(host_state(host)));
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	if (broken++ > 20)
		exit(EXIT_FAILURE);
}

static u32 severity(u32 worst)
{
	switch (dice_below(5)) {
	case 0:
		return 0;
	case 1:
		return dice_below(worst / 10 + 1);
	default:
		return dice_below(worst + 1);
	}
}

static void choose_config(struct clasp_config *config, bool patient)
{
	*config = (struct clasp_config){
		.msl = 30 * CLASP_SEC,
		.rto_init = CLASP_SEC,
		.rto_min = 200 * CLASP_MSEC,
		.rto_max = dice_between(3, 120) * CLASP_SEC,
		.delack = 40 * CLASP_MSEC,
		.fin_timeout = 60 * CLASP_SEC,
		.keep_idle = 7200 * CLASP_SEC,
		.keep_interval = 75 * CLASP_SEC,
		.keep_probes = 9,
		.notsent_lowat = 0xffffffff,
		.base_mss = 1024,
		.mtu_probe_floor = CLASP_MSS_FLOOR,
		.probe_threshold = 8,
		.probe_interval = 600 * CLASP_SEC,
		.min_snd_mss = CLASP_MSS_FLOOR,
		.pacing_ss_ratio = 200,
		.pacing_ca_ratio = 120,
		.challenge_interval = 500 * CLASP_MSEC,
		.syn_retries = 7,
		.synack_retries = 7,
		.retries1 = 3,
		.retries2 = 15,
		.orphan_retries = 0,
	};
	if (!patient)
		return;
	config->syn_retries = 200;
	config->synack_retries = 200;
	config->retries2 = 250;
	config->orphan_retries = 250;
}

static u16 choose_path(void)
{
	static const u16 paths[] = { 100, 216, 300, 536, 1000, 1460 };

	return paths[dice_below(6)];
}

/* What may change in the middle of a connection: routes, SO_RCVBUF, free memory. */
static void change(struct host *host)
{
	switch (dice_below(4)) {
	case 0:
		host->mss = choose_path();
		net_narrows(host);
		break;
	case 2:
		host->pressure = !host->pressure;
		break;
	case 1:
		host->rcv_buf = clasp_max(host->rcv_buf, dice_between(1000, WINDOW_LARGE));
		break;
	case 3:
		host->together = dice_below(SUPER_MAX);
		break;
	default:
		shell.splits_fail = dice_below(5);
	}
	chronicle("%c has mss %u, super-packets of %u, buffer %u and %s memory, %u splits will fail",
		  host->id ? 'S' : 'C', host->mss, host->together, host->rcv_buf,
		  host->pressure ? "little" : "enough", shell.splits_fail);
}

/* Timestamps of half of the hosts go round within seconds. */
static void choose_options(struct host *host)
{
	struct clasp_config *config = &world.config[host->id];

	config->window_scaling = dice_chance(7000);
	config->timestamps = dice_chance(7000);
	config->sack = dice_chance(7000);
	config->dsack = dice_chance(8000);
	config->ecn = dice_below(3);
	config->ecn_fallback = dice_chance(8000);
	config->moderate_rcvbuf = world.seed % 3;
	config->early_retrans = world.seed % 7 ? 3 : 0;
	host->ts_hash = dice();
	if (dice_chance(5000))
		host->ts_hash = -(u32)(world.now / CLASP_MSEC) - dice_below(5000);
	host->rcv_most = dice_chance(5000) ? dice_below(4 << 20) : 0;
}

static void choose_host(struct host *host, u8 id)
{
	world.config[id] = world.scenario.config;
	host_init(host, &world.config[id], id);
	choose_options(host);
	host->mss = choose_path();
	host->together = dice_chance(5000) ? dice_below(SUPER_MAX) : 0;
	switch (dice_below(8)) {
	case 0:
		host->rcv_buf = dice_between(1, 20);
		break;
	case 1:
		host->rcv_buf = dice_between(20, 2000);
		break;
	case 2:
		host->rcv_buf = dice_between(1000, 10000);
		break;
	case 3:
	case 4:
		host->rcv_buf = dice_between(65536, WINDOW_LARGE);
		break;
	default:
		host->rcv_buf = 65535;
	}
	host->count_ooo = dice_chance(5000);
	host->no_tw = dice_chance(1000);
	world.app[id].host = host;
	world.app[id].peer = &world.app[!id];
	world.app[id].running = false;
	world.app[id].next_at = 0;
}

/* Only the impatient live to see one. */
static void choose_disaster(struct scenario *scenario)
{
	u64 at = world.now + dice_below(dice_chance(7000) ? CLASP_SEC : 60 * CLASP_SEC);

	scenario->unlisten_at = 0;
	scenario->blackout_at = 0;
	if (scenario->patient)
		return;
	if (dice_chance(1000))
		scenario->unlisten_at = at;
	else if (dice_chance(2000))
		scenario->blackout_at = at;
}

static void make_perfect(struct scenario *scenario)
{
	scenario->loss = 0;
	scenario->duplicate = 0;
	scenario->reorder = 0;
	scenario->refuse = 0;
	scenario->attack = 0;
	scenario->change = 0;
	scenario->jitter = 0;
	scenario->lateness = 0;
	scenario->blackout_at = 0;
}

static void make_shuffled(struct scenario *scenario)
{
	make_perfect(scenario);
	scenario->reorder = 3000;
	scenario->hold = scenario->delay / 4;
	scenario->shorten = 0;
	scenario->mark = 0;
	for (u32 i = 0; i < 2; i++) {
		world.config[i].sack = true;
		world.config[i].dsack = true;
	}
}

/* A path that tells nobody what it takes, for who is patient enough to find out; half of them take more later. */
static void choose_strait(struct scenario *scenario)
{
	static const u16 straits[] = { CLASP_MSS_FLOOR, 300, 536, 1000, 1200 };
	bool any = scenario->patient && !scenario->perfect && !scenario->shuffled && world.seed % 8 == 5;

	scenario->strait = any ? straits[world.seed / 8 % ARRAY_SIZE(straits)] : 0;
	scenario->widens_at = world.seed / 16 % 2 ? world.now + 20 * CLASP_SEC : 0;
	for (u32 i = 0; i < 2; i++) {
		world.config[i].mtu_probing = any ? 1 + world.seed / 32 % 2 : world.seed / 2 % 3;
		world.config[i].probe_interval = world.seed / 8 % 3 ? CLASP_SEC : 600 * CLASP_SEC;
		world.config[i].frto = world.seed / 3 % 3;
	}
}

/* A third of the hosts are paced: by what their programs want, from 2 KB to 1 MB a second, or by the path alone. */
static void choose_paces(u64 seed)
{
	for (u32 i = 0; i < 2; i++) {
		u64 kind = (seed / 2 + i) % 6;

		world.host[i].pace = kind == 1 ? 2000ULL << seed / 16 % 10 : kind == 4 ? CLASP_PACE_NONE : 0;
	}
}

static void choose_world(u64 seed)
{
	struct scenario *scenario = &world.scenario;

	world.seed = seed;
	world.random = seed * 0xd1342543de82ef95ULL + 1;
	world.now = dice_between(1, 1000000) * CLASP_MSEC;
	memset(world.tap, 0, sizeof(world.tap));
	memset(world.kick_at, 0, sizeof(world.kick_at));
	scenario->patient = dice_chance(7500);
	choose_config(&scenario->config, scenario->patient);
	scenario->loss = severity(3000);
	scenario->duplicate = severity(2000);
	scenario->reorder = severity(3000);
	scenario->refuse = severity(2000);
	scenario->shorten = severity(2000);
	scenario->mark = severity(3000);
	scenario->change = dice_chance(3000) ? severity(200) : 0;
	scenario->attack = dice_chance(2000) ? severity(1000) : 0;
	scenario->delay = dice_below(dice_chance(5000) ? 50 * CLASP_USEC : 200 * CLASP_MSEC);
	scenario->jitter = dice_below(scenario->delay + 1);
	scenario->hold = dice_below(3 * CLASP_SEC);
	scenario->think = dice_below(dice_chance(5000) ? CLASP_MSEC : 500 * CLASP_MSEC);
	scenario->lateness = dice_below(dice_chance(7000) ? CLASP_MSEC : 100 * CLASP_MSEC);
	scenario->rounds = dice_chance(3000) ? 2 : 1;
	scenario->perfect = dice_chance(1000);
	scenario->both_call = scenario->rounds == 1 && dice_chance(1500);
	choose_disaster(scenario);
	scenario->config.congestion = dice_below(CLASP_CONG_ALGORITHMS);
	world.hash = dice();
	if (dice_chance(6000))	/* a number just below 2^32, 2^31 or anywhere */
		world.hash = (dice_chance(7000) ? 0 : 0x80000000) - dice_below(30000) -
			     clasp_isn(0, world.now);
	choose_host(&world.host[CLIENT], CLIENT);
	choose_host(&world.host[SERVER], SERVER);
	scenario->perfect = scenario->perfect && world.host[CLIENT].rcv_buf >= 1000 &&
			    world.host[SERVER].rcv_buf >= 1000;
	scenario->shuffled = !scenario->perfect && dice_chance(1000);
	if (scenario->perfect)
		make_perfect(scenario);
	else if (scenario->shuffled)
		make_shuffled(scenario);
	choose_strait(scenario);
	choose_paces(seed);
	chronicle("seed %llu: loss %u duplicate %u reorder %u refuse %u attack %u per 10000%s",
		  (unsigned long long)seed, scenario->loss, scenario->duplicate, scenario->reorder,
		  scenario->refuse, scenario->attack, scenario->patient ? ", patient" : "");
}

static u64 earlier(u64 a, u64 b)
{
	if (!a || !b)
		return a ? a : b;
	return clasp_min64(a, b);
}

static u64 app_next_at(const struct app *app)
{
	u64 at;

	if (!app->running || app->closed)
		return 0;
	at = earlier(app->next_at, app->patience_at);
	return app->manner == VIOLENT ? earlier(at, app->abort_at) : at;
}

static u64 host_due(const struct host *host)
{
	u64 deadline = host_deadline(host);

	return deadline ? deadline + world.scenario.lateness : 0;
}

static u64 next_event(void)
{
	u64 at = net_next_at();

	for (u32 i = 0; i < 2; i++) {
		at = earlier(at, host_due(&world.host[i]));
		at = earlier(at, app_next_at(&world.app[i]));
		at = earlier(at, world.kick_at[i]);
	}
	return at;
}

static void host_events(u32 i)
{
	struct host *host = &world.host[i];

	if (world.kick_at[i] && world.kick_at[i] <= world.now) {
		world.kick_at[i] = 0;
		host_output(host, world.now);
	}
	if (host_due(host) && host_due(host) <= world.now) {
		chronicle("%c timer in %s", i ? 'S' : 'C', clasp_state_name(host_state(host)));
		host_tick(host, world.now);
		app_wake(&world.app[i]);
	} else if (dice_chance(100)) {
		host_tick(host, world.now);	/* nothing is due: nothing may happen */
	}
	if (app_next_at(&world.app[i]) && app_next_at(&world.app[i]) <= world.now)
		app_act(&world.app[i]);
}

/* Everything that is due at the next moment at which anything is. */
static bool step(void)
{
	u64 at = next_event();
	u32 crowd = world.scenario.perfect || world.scenario.shuffled ? 0 : 300;

	if (!at)
		return false;
	events++;
	world.now = clasp_max64(world.now, at);
	for (u32 i = 0; i < 2; i++)
		world.host[i].iss = clasp_isn(world.hash + i * 77777, world.now);
	for (u32 i = 0; i < 2; i++)
		world.host[i].no_memory = dice_chance(crowd);
	world.host[SERVER].accept_full = world.app[SERVER].running || dice_chance(crowd);
	world.host[SERVER].full = dice_chance(crowd);
	world.host[SERVER].crowd.count = !world.scenario.patient && dice_chance(crowd);
	if (world.scenario.unlisten_at && world.now >= world.scenario.unlisten_at &&
	    world.host[SERVER].listener.state == CLASP_LISTEN)
		host_unlisten(&world.host[SERVER], false, world.now);
	if (net_next_at() && net_next_at() <= world.now) {
		net_deliver();
		app_wake(&world.app[CLIENT]);
		app_wake(&world.app[SERVER]);
	}
	host_events(CLIENT);
	host_events(SERVER);
	if (dice_chance(world.scenario.change))
		change(&world.host[dice_below(2)]);
	if (world.host[SERVER].connected && !world.app[SERVER].running)
		app_start(&world.app[SERVER]);
	return true;
}

static bool stuck(void)
{
	if (events < EVENTS_MAX)
		return false;
	violation(&world.host[CLIENT], "no end in sight; server is in %s",
		  clasp_state_name(host_state(&world.host[SERVER])));
	return true;
}

static bool round_over(void)
{
	const struct app *server = &world.app[SERVER];

	if (!world.app[CLIENT].closed || world.host[CLIENT].flow != FLOW_NONE)
		return false;
	return server->running ? server->closed : world.host[SERVER].flow != FLOW_CONNECTION;
}

/*
 * RFC 9293, 3.5.1: an end of the round before, of which the other end knows nothing any more. Every RST was lost, none
 * of its own octets is under way that another would answer, and its program only waits.
 */
static bool half_open(const struct host *host)
{
	const struct clasp_tcb *tcb = &host->ep.tcb;

	return host->flow == FLOW_CONNECTION && !world.app[host->id].running && !host_deadline(host) &&
	       !clasp_tcb_outstanding(tcb) && !clasp_tcb_unsent(tcb);
}

static void play_round(void)
{
	world.app[SERVER].running = false;
	world.host[SERVER].connected = false;
	world.host[SERVER].ended = false;
	world.host[CLIENT].iss = clasp_isn(world.hash, world.now);
	app_start(&world.app[CLIENT]);
	host_connect(&world.host[CLIENT], world.now);
	if (world.scenario.both_call && world.host[SERVER].flow == FLOW_NONE) {
		world.host[SERVER].iss = clasp_isn(world.hash + 77777, world.now);
		app_start(&world.app[SERVER]);
		host_connect(&world.host[SERVER], world.now);
	}
	while (!round_over() && step())
		if (stuck())
			return;
	if (!round_over() && half_open(&world.host[SERVER]))
		host_abort(&world.host[SERVER], world.now);
	if (!round_over())
		violation(&world.host[CLIENT], "everything rests, server is in %s",
			  clasp_state_name(host_state(&world.host[SERVER])));
	app_count(&world.app[CLIENT]);
	app_count(&world.app[SERVER]);
	app_verdict(&world.app[CLIENT]);
	if (world.app[SERVER].running)
		app_verdict(&world.app[SERVER]);
	else if (world.scenario.patient && world.app[CLIENT].manner <= ANSWERING)
		violation(&world.host[CLIENT], "the server never heard of the connection");
}

/* Nothing of the last connection may be under way, unless a TIME_WAIT watches over the next. */
static void pause_between(void)
{
	u64 end = world.now + (world.host[SERVER].flow == FLOW_TW ? dice_below(CLASP_SEC) : QUIET);

	while (next_event() && next_event() < end && !stuck())
		step();
	world.now = clasp_max64(world.now, end);
}

static void play(u64 seed)
{
	events = 0;
	shell.splits_fail = 0;
	choose_world(seed);
	net_reset();
	if (!world.scenario.both_call)
		host_listen(&world.host[SERVER]);
	for (u32 i = 0; i < world.scenario.rounds && !broken; i++) {
		if (i)
			pause_between();
		if (world.host[CLIENT].flow == FLOW_NONE)
			play_round();
	}
	while (!broken && step())
		stuck();
	for (u32 i = 0; i < 2 && !broken; i++)
		if (world.host[i].flow != FLOW_NONE)
			violation(&world.host[i], "a %s is left", flow_names[world.host[i].flow]);
}

/* Reordering is not loss (RFC 8985, 3.3): at most one polite end in forty may be mistaken, or a few of a few. */
static bool mistaken(void)
{
	printf("# reordering was taken for loss at %llu of %llu ends\n",
	       (unsigned long long)world.reduced, (unsigned long long)world.shuffled);
	return world.reduced > world.shuffled / 40 + 3;
}

static void show_rows(void)
{
	u32 walked = 0;

	for (u32 i = 0; i < clasp_state_rows; i++)
		walked += !!shell.rows[i];
	printf("# %u of %u rows walked; not walked:", walked, clasp_state_rows);
	for (u32 i = 0; i < clasp_state_rows; i++)
		if (!shell.rows[i])
			printf(" %s:%s", clasp_state_name(clasp_state_table[i].state),
			       clasp_event_name(clasp_state_table[i].event));
	putchar('\n');
}

static u64 number(const char *text)
{
	return text ? strtoull(text, NULL, 0) : 0;
}

int main(int argc, char **argv)
{
	u64 connections = 1000, seed = 1, every = 1, failed = 0, played = 0, last_failed = 0;
	bool one = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--connections")) {
			connections = number(argv[++i]);
		} else if (!strcmp(argv[i], "--seed")) {
			seed = number(argv[++i]);
			one = true;
		} else if (!strcmp(argv[i], "--from")) {
			seed = number(argv[++i]);
		} else if (!strcmp(argv[i], "--every")) {
			every = number(argv[++i]);
		} else if (!strcmp(argv[i], "--verbose")) {
			world.verbose = true;
		} else {
			fprintf(stderr,
				"usage: sim [--connections N] [--from SEED] [--every N]\n"
				"       sim --seed SEED [--verbose]\n");
			return EXIT_FAILURE;
		}
	}
	printf("KTAP version 1\n1..1\n");
	while (played < connections && failed < 10) {
		broken = 0;
		play(seed);
		seed += every;
		if (broken) {
			failed++;
			last_failed = world.seed;
		}
		played += world.scenario.rounds;
		if (one)
			break;
	}
	show_rows();
	if (!one && mistaken())
		failed++;
	if (failed)
		printf("# replay: sim --seed %llu --verbose\n", (unsigned long long)last_failed);
	printf("%sok 1 sim__connections # %llu connections, %llu segments, %llu octets read\n",
	       failed ? "not " : "", (unsigned long long)played, (unsigned long long)world.segments,
	       (unsigned long long)world.octets);
	printf("%d passed, %d failed, 0 skipped\n", !failed, !!failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
