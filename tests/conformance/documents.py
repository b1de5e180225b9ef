#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""documents - what other collectors make of documents, compared with sh-collect --from

usage: documents.py DIRECTORY SUITE...   (suites: smartctl ceph k8s docker)

Converts each document with sh-collect --detail, names what comes out as the
other collector names it, and compares with every value that it expects. One
line for each that differs: SUITE, case, value expected, what was there; then
SUITE, values, values that agree.
"""
import json
import math
import os
import re
import subprocess
import sys

NS = 1e-9


def convert(fmt, doc, *options):
    text = doc if isinstance(doc, str) else json.dumps(doc)
    run = subprocess.run(
        ['sh-collect', '-o', 'ndjson', '--no-stock', '--detail', '--from', fmt + '=-', *options],
        input=text, capture_output=True, text=True, env={**ENV, 'SH_HOST': 'h'}, check=False)
    return [r for r in map(json.loads, run.stdout.splitlines()) if r['kind'] == 'sample']


def values(records):
    """entity, dims, "group.name", value of each metric."""
    for r in records:
        for group, members in r.get('metrics', {}).items():
            for name, value in members.items():
                yield r['entity'], {**r.get('dims', {}), **r.get('labels', {})}, f'{group}.{name}', value


def same(a, b):
    return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12)


class Score:
    def __init__(self, suite):
        self.suite, self.n, self.agreed = suite, 0, 0

    def value(self, case, expected, agrees, got=''):
        self.n += 1
        self.agreed += bool(agrees)
        if not agrees:
            print(self.suite, case, expected, got, sep='\t')


def smartctl(directory):
    score = Score('smartctl')
    names = {'smart_passed': 'smart.passed', 'temperature': 'temperature.celsius',
             'power_on_hours': 'smart.power_on_hours', 'exit_status': 'smart.exit_status'}
    for case in map(json.loads, open(f'{directory}/smartctl.ndjson')):
        got = {name: value for _, _, name, value in values(convert('smartctl', case['doc']))}
        for theirs, ours in names.items():
            want, have = case.get(theirs), got.get(ours)
            score.value(case['file'], f'{theirs} {want}',
                        have is None if want is None else same(float(want), have), have)
    return score


# Names of ceph_exporter that are not ours with "ceph_" before them.
CEPH = {
    'storage.size_bytes': 'cluster_capacity_bytes', 'storage.used_bytes': 'cluster_used_bytes',
    'storage.available_bytes': 'cluster_available_bytes', 'ceph.health': 'health_status',
    'ceph.pgs': 'total_pgs', 'ceph.objects': 'cluster_objects',
    'ceph.objects_degraded': 'degraded_objects', 'ceph.objects_misplaced': 'misplaced_objects',
    'ceph.crashes_recent': 'new_crash_reports', 'ceph.slow_ops': 'slow_requests',
    'ceph.osds_too_many_repairs': 'osds_too_many_repair', 'ceph.mons_quorum': 'monitor_quorum_count',
    'ceph.pgs_remapped': 'pgs_remapped', 'ceph.pgs_repair': 'repairing_pgs',
    'ceph.read_bytes': 'client_io_read_bytes', 'ceph.write_bytes': 'client_io_write_bytes',
    'ceph.read_ops': 'client_io_read_ops', 'ceph.write_ops': 'client_io_write_ops',
    'ceph.recovery_bytes': 'recovery_io_bytes', 'ceph.recovery_keys': 'recovery_io_keys',
    'ceph.recovery_objects': 'recovery_io_objects', 'ceph.cache_flush_bytes': 'cache_flush_io_bytes',
    'ceph.cache_evict_bytes': 'cache_evict_io_bytes', 'ceph.cache_promote_ops': 'cache_promote_io_ops',
}
CEPH_POOL = {
    'pool.stored_bytes': 'pool_used_bytes', 'pool.objects': 'pool_objects_total',
    'pool.dirty_objects': 'pool_dirty_objects_total', 'pool.reads_total': 'pool_read_total',
    'pool.writes_total': 'pool_write_total', 'pool.read_bytes_total': 'pool_read_bytes_total',
    'pool.written_bytes_total': 'pool_write_bytes_total', 'storage.used_bytes': 'pool_raw_used_bytes',
    'storage.available_bytes': 'pool_available_bytes', 'storage.utilization': 'pool_percent_used',
}


def number(value):
    """As Go prints it."""
    if float(value).is_integer() and abs(value) < 1e21:
        plain = str(int(value))
        if len(plain.lstrip('-')) < 22 and abs(value) < 1e6:
            return plain
    mantissa, _, exponent = repr(float(value)).partition('e')
    if not exponent and (abs(value) >= 1e21 or 0 < abs(value) < 1e-4 or
                         (float(value).is_integer() and abs(value) >= 1e6)):
        mantissa, exponent = f'{float(value):.17e}'.split('e')
        for digits in range(18):
            text = f'{float(value):.{digits}e}'
            if float(text) == float(value):
                mantissa, exponent = text.split('e')
                break
    if not exponent:
        return mantissa
    return f'{mantissa}e{int(exponent):+03d}'


def ceph_lines(records):
    """Lines as ceph_exporter writes them."""
    lines = []

    def add(metric, value, **labels):
        labels = {'cluster': 'ceph', **labels}
        text = ','.join(f'{k}="{v}"' for k, v in sorted(labels.items()))
        lines.append(f'ceph_{metric}{{{text}}} {number(value)}')

    ops = {}
    for entity, dims, name, value in values(records):
        kind, _, rest = entity.partition(':')
        if kind == 'pool' and name in CEPH_POOL:
            if name == 'storage.utilization':
                # Theirs is the number as it stands in the document.
                continue
            add(CEPH_POOL[name], value, pool=rest.partition('/')[2])
        elif kind == 'pool' and name == 'df.percent_used':
            add('pool_percent_used', value, pool=rest.partition('/')[2])
        elif kind == 'mon' and name in ('mon.skew_ms', 'mon.latency_ms'):
            add({'mon.skew_ms': 'monitor_clock_skew_seconds',
                 'mon.latency_ms': 'monitor_latency_seconds'}[name], value / 1000,
                monitor=rest.partition('/')[2])
        elif kind != 'cluster':
            continue
        elif dims.get('service') == 'rbd-mirror' and name == 'ceph.daemon_up':
            add('rbd_mirror_up', value, name=dims['daemon'])
        elif dims:
            continue
        else:
            if name in ('ceph.read_ops', 'ceph.write_ops'):
                ops[name] = value
            if name == 'pgmap.misplaced_ratio':
                add('misplaced_ratio', value)
            elif name.startswith('ceph.pgs_stuck_'):
                add(f'stuck_{name[15:]}_pgs', value)
            elif name in CEPH:
                add(CEPH[name], value)
            elif name.startswith('ceph.flag_'):
                add(f'osdmap_{name[5:]}', value)
                add('osd_map_flags', value, flag=name[10:])
            elif name.startswith('ceph.pgs_'):
                add(f'{name[9:]}_pgs', value)
            elif name.startswith('ceph.'):
                add(name[5:], value)
            if name.startswith('ceph.pgs_') and not name.startswith('ceph.pgs_stuck'):
                add('pg_state', value, state=name[9:])
    if len(ops) == 2:
        add('client_io_ops', sum(ops.values()))
    return lines


def ceph(directory):
    score = Score('ceph')
    for case in map(json.loads, open(f'{directory}/ceph.ndjson')):
        lines = '\n'.join(ceph_lines(convert('ceph', case['input'])))
        for want in case['metrics_match']:
            # "5" is not to be found in "55".
            found = re.search('^(ceph_)?' + want + '$', lines, re.M)
            name = re.escape(want.split('{')[0])
            near = re.findall(f'^(?:ceph_)?{name}{{.*$', lines, re.M)
            score.value(case['id'], want, found, '; '.join(near[:3]))
        for unwanted in case['metrics_unmatch']:
            score.value(case['id'], '!' + unwanted, not re.search(unwanted, lines))
    return score


# A line of Prometheus text: name, labels, value.
LINE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse_line(text):
    name, labels, value = LINE.match(text).groups()
    return name, frozenset(LABEL.findall(labels or '')), float(value)


def kube(records):
    """As kube-state-metrics names them: kube_TYPE_REST, the name of the object as label TYPE."""
    out = {}
    for entity, labels, name, value in values(records):
        kind, _, rest = entity.partition(':')
        group, _, metric = name.partition('.')
        if group != kind:
            continue
        labels = dict(labels)
        space, _, object_name = rest.rpartition('/')
        if space:
            labels['namespace'] = space
        labels[kind] = object_name
        if kind != 'pod':
            labels.pop('uid', None)
        out[f'kube_{kind}_{metric}', frozenset(labels.items())] = value
    return out


def k8s(directory):
    score = Score('k8s')
    for case in map(json.loads, open(f'{directory}/k8s.ndjson')):
        got = kube(convert('kubectl', case['object']))
        for line in case['metrics']:
            name, labels, want = parse_line(line)
            have = got.get((name, labels))
            if have is None and name.endswith(('_labels', '_annotations')):
                # Which of them it lets through is an option of kube-state-metrics.
                have = next((v for (n, all), v in got.items() if n == name and labels <= all), None)
            near = [f'{dict(l)} {v}' for (n, l), v in got.items() if n == name]
            score.value(case['id'], line, same(have, want), '; '.join(near[:3]))
    return score


# Measurement of telegraf -> field -> metric.
DOCKER = {
    'docker': {
        'n_containers': 'containers.total', 'n_containers_paused': 'containers.paused',
        'n_containers_running': 'containers.running', 'n_containers_stopped': 'containers.stopped',
        'n_images': 'containers.images', 'n_cpus': 'engine.cpus', 'n_goroutines': 'engine.goroutines',
        'n_listener_events': 'engine.listeners', 'n_used_file_descriptors': 'engine.descriptors',
        'memory_total': 'engine.memory_bytes', 'pool_blocksize': 'engine.driver_pool_blocksize_bytes'},
    'docker_data': {f: f'engine.driver_data_space_{f}_bytes' for f in ('available', 'total', 'used')},
    'docker_metadata': {f: f'engine.driver_metadata_space_{f}_bytes'
                        for f in ('available', 'total', 'used')},
    'docker_container_status': {
        'exitcode': 'container.exit_code', 'oomkilled': 'container.oom_killed',
        'pid': 'container.pid', 'restart_count': 'container.restarts',
        'started_at': 'container.started_time', 'finished_at': 'container.finished_time',
        'uptime_ns': 'container.ran_s'},
    'docker_container_health': {
        'failing_streak': 'container.failing_streak', 'health_status': 'container.healthy'},
    'docker_container_mem': {
        'usage': 'memory.used_bytes', 'limit': 'memory.limit_bytes', 'max_usage': 'memory.max_bytes',
        'fail_count': 'memory.limit_hits', 'usage_percent': 'memory.usage'},
}
SECONDS = ('started_at', 'finished_at', 'uptime_ns')


def docker_metric(measurement, field):
    if measurement == 'docker_devicemapper':
        return f'engine.driver_{field}' if field.endswith('_bytes') else None
    if measurement == 'docker_container_mem' and field not in DOCKER[measurement]:
        return f'memory_stats.{field}'
    return DOCKER.get(measurement, {}).get(field)


def influx(line):
    """measurement, {field: text} of a line of InfluxDB's protocol; no blanks within strings here."""
    head, fields, _ = line.rsplit(' ', 2)
    return head.split(',')[0], dict(f.split('=', 1) for f in fields.split(','))


def influx_value(field, text):
    if text in ('true', 'false'):
        return float(text == 'true')
    if field == 'health_status':
        return float(text.strip('"').lower() == 'healthy')
    return float(text.rstrip('iu')) * (NS if field in SECONDS else 1)


def docker_values(data):
    """All metrics of a test case: those of the engine, and those of each container."""
    got = {}
    sources = [('info.json', None)]
    for c in json.load(open(f'{data}/list.json')):
        name = 'container:' + c['Names'][0].lstrip('/')
        sources += [(f'{kind}_{c["Id"]}.json', name) for kind in ('inspect', 'stats')]
    for file, entity in sources:
        try:
            text = open(f'{data}/{file}').read()
        except FileNotFoundError:
            continue
        options = ['--entity', entity] if entity else []
        for _, dims, name, value in values(convert('docker', text, *options)):
            if not dims or set(dims) == {'image'}:
                got[name] = value
    return got


def docker(directory):
    score = Score('docker')
    for case in sorted(os.listdir(f'{directory}/docker/testcases')):
        where = f'{directory}/docker/testcases/{case}'
        got = docker_values(f'{where}/data')
        for line in filter(str.strip, open(f'{where}/expected.out')):
            measurement, fields = influx(line.strip())
            for field, text in fields.items():
                metric = docker_metric(measurement, field)
                if field == 'container_id':
                    continue
                want = influx_value(field, text)
                have = got.get(metric)
                # Times have microseconds here.
                agrees = have is not None and math.isclose(
                    want, have, rel_tol=1e-12, abs_tol=1e-6 if field in SECONDS else 0)
                score.value(case, f'{measurement} {field}={text}', agrees, have)
    return score


ENV = dict(os.environ)
SUITES = {'smartctl': smartctl, 'ceph': ceph, 'k8s': k8s, 'docker': docker}

if __name__ == '__main__':
    for suite in sys.argv[2:]:
        result = SUITES[suite](sys.argv[1])
        print(suite, result.n, result.agreed, sep='\t')
