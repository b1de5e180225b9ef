/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/counters.h"

#define KEPT "Survives a restart."
#define NONE "Nothing is kept."
#define HOUR "Only time takes from it, and sh-ledger reset, from which it counts anew."

/* The same words as in sh-repair(1), section COUNTERS: a test compares them. */
const struct sh_counter sh_counters[SH_COUNTERS] = {
	[SH_COUNTER_ATTEMPTS] = {
		"attempts", "attempts",
		"Counts when a repair of the target by a playbook begins, before anything happens.",
		"Begins anew when the fault was resolved, or proved to be, for healthy_for; one is taken back "
		"where it turns out that nothing took effect.", KEPT },
	[SH_COUNTER_FAULT_ATTEMPTS] = {
		"fault_attempts", "attempts",
		"Counts when a repair of the fault begins, by whichever playbook; the rungs of a ladder are one.",
		"Begins anew as attempts does, after the longest healthy_for of all playbooks.", KEPT },
	[SH_COUNTER_RUNG] = {
		"rung", "ladder",
		"Counts when a repair of the target by a rung of a ladder begins; the first that has attempts "
		"left, and time since its first, is where the target stands.",
		"Begins anew for all rungs when the target was healthy for healthy_for of the ladder; one is "
		"taken back where it turns out that nothing took effect.", KEPT },
	[SH_COUNTER_COOLDOWN] = {
		"cooldown", "cooldown",
		"Runs from the end of the last attempt: cooldown, doubled with each further attempt up to "
		"cooldown_max, within 20% by the id of the plan.",
		"Ends by time, and with the attempts.", KEPT },
	[SH_COUNTER_LAST] = {
		"last_action", "freshness",
		"Is the end of the last repair of the target that began anything: evidence must be newer, by "
		"settle and the window of the rule.",
		"Moves with each repair.", KEPT },
	[SH_COUNTER_WEEK] = {
		"week", "budget",
		"Counts repairs of faults of the target by a playbook that began within 7 days, whatever came "
		"of them, but not those that began nothing.",
		"Only time takes from it, health does not.", KEPT },
	[SH_COUNTER_HOUR] = {
		"hour", "storm",
		"Counts repairs of faults that began within an hour, of all targets and rules.", HOUR, KEPT },
	[SH_COUNTER_RULE_HOUR] = {
		"rule_hour", "storm",
		"Counts repairs of faults of the rule that began within an hour, of all targets.", HOUR, KEPT },
	[SH_COUNTER_RULE_FAILED] = {
		"rule_failed", "storm",
		"Counts targets on which the first attempt at a fault of the rule did not help within an hour.",
		HOUR, KEPT },
	[SH_COUNTER_BRAKE] = {
		"brake", "storm",
		"Goes on when hour, rule_hour or rule_failed is at its limit.",
		"Goes off by sh-ledger reset alone, after brake_cooldown at the earliest.", KEPT },
	[SH_COUNTER_UNDER_WAY] = {
		"under_way", "concurrency",
		"Counts repairs of this machine that began within the hour and have not ended.",
		"Goes down when one ends, or is settled after a crash.", KEPT },
	[SH_COUNTER_DOUBT] = {
		"doubt", "observer",
		"Counts the declared entities of the target's type that have open faults seen within 5 minutes.",
		"Goes down when one is resolved, or not seen for 5 minutes.",
		"Survives a restart, as the open faults do." },
	[SH_COUNTER_CLOCK] = {
		"clock", "clock",
		"Runs for doubt_for from a start of the machine, a sleep, or a step of its clock.",
		"Begins anew with the next.", KEPT },
	[SH_COUNTER_NETWORK] = {
		"network", "network",
		"Runs for doubt_for from when the host's name or a default route was not as before.",
		"Begins anew with the next change.", KEPT },
	[SH_COUNTER_INVENTORY] = {
		"inventory", "inventory",
		"Is how many targets the site declares, against how many it declared when most were there.",
		"Follows what the site declares unless more than inventory_fall percent are gone; then "
		"sh-ledger reset inventory lets it.", KEPT },
	[SH_COUNTER_UNAVAILABLE] = {
		"unavailable", "capacity",
		"Counts the members of the target's group with open faults, under repair, paused or held, and "
		"the target.",
		"Goes down when a member is well again.", NONE },
};
