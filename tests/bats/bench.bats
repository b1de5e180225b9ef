#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the measurements say is put together; they themselves are run by `make bench`.
load helper

bench=$abs_top_srcdir/tests/bench

@test "pairs, growth and bars become one table, and what is lacking or missed is said" {
	# shellcheck source=SCRIPTDIR/../bench/pairs.sh
	. "$bench/pairs.sh"
	{
		echo 'some text for people'
		pair some_work ns 250 a_peer 1000
		pair no_peer ns 1 cron ''
		growth one_by_many us 1.234 12.34 1234
		figure fast 3 '>=' 2
		figure slow 3 '<=' 2.5
		figure nothing '' '<=' 2
		figure told 7
		echo 'lacking part: that is not installed'
	} > lines
	[ "$(printf '%s\n' 3 20 100 | median)" = 20 ]
	run -0 bash "$bench/table.sh" < lines
	[[ $output =~ some\ work\ +ns\ +250\ +a\ peer\ +1000\ +4 ]]
	[[ ! $output =~ no\ peer ]]
	[[ $output =~ one\ by\ many\ +us\ +1\.23\ +12\.3\ +1234 ]]
	[[ $output == *'1 of 3 bars met'* ]]
	[[ $output == *'missed: slow 3, bar <= 2.5'* ]]
	[[ $output == *'missed: nothing '* ]]
	[[ $output == *'not measured: part: that is not installed'* ]]
}
