#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The stock diagnoses: each fault that a stock rule raises has a cause that an expert
# would name, and causes that look alike are told apart by the fault's context.
load helper

# Rows of "FAULT ENTITY CAUSE JSON": the fault with that context ("metrics" of the
# entity, "host", and "dims", "labels", "params", "description" of the fault) has that
# cause, with ~ as an alternative.
diagnosed() {
	need jq
	cat >rows
	jq -cR 'capture("^(?<f>\\S+) (?<e>\\S+) ~?(?<c>\\S+) (?<j>.*)$") | (.j | fromjson) as $j |
		{kind: "fault", time: "2026-11-21T01:00:00.000000Z", host: "h", entity: .e, id: "f-1",
		 fingerprint: "f-0", status: "open", fault_type: .f, rule_id: .f, severity: "low",
		 description: ($j.description // "as told"),
		 context: {metrics: ($j.metrics // {}), host: ($j.host // {})}} +
		($j | with_entries(select(.key | IN("dims", "labels", "params"))))' rows >faults
	run -0 --separate-stderr sh-diagnose faults
	[ -z "$stderr" ]
	printf '%s\n' "$output" >diagnoses
	cut -d ' ' -f 1-3 rows >wanted
	jq -r '"\(.fault.fault_type) \(.entity) \(.merged_result.root_cause)"' diagnoses >chosen
	jq -r '"\(.fault.fault_type) \(.entity) ~\([.ranking[].root_cause] | join("|"))"' diagnoses >ranked
	paste -d '\n' wanted chosen ranked | awk '
		NR % 3 == 1 { wanted = $3 }
		NR % 3 == 2 { chosen = $0; hit = $3 == wanted }
		NR % 3 == 0 { want = substr(wanted, 2)
			if (!hit && !(wanted ~ /^~/ && index("|" substr($3, 2) "|", "|" want "|"))) {
				print "wanted " wanted ", got " chosen; wrong = 1 } }
		END { exit wrong || NR == 0 }'
	# What an expert signs is whole.
	[ -z "$(jq -c 'select(.fault.context | .metrics != {} or .host != {}) | .results[] | select((.title // "") == "" or (.recommendation | length) < 40 or
		(.affected_resources | length) == 0 or (.evidence | length) == 0 or
		(.evidence | any(test("(^|[ (])[?]"))))' diagnoses)" ]
}

@test "hardware" {
	diagnosed <<'END'
smart_failing disk:sda@h disk_worn_out {"metrics":{"smart":{"passed":0,"available_spare":3,"available_spare_threshold":10}}}
smart_failing disk:sda@h overheating {"metrics":{"smart":{"critical_warning":2}}}
smart_failing disk:sda@h disk_failing {}
smart_attribute_failing disk:sda@h disk_failing {}
smart_critical_warning disk:sda@h disk_failing {}
smart_self_test_failed disk:sda@h disk_failing {}
smart_pending_sectors disk:sda@h disk_failing {"metrics":{"smart":{"passed":1,"pending_sectors":8,"reallocated_sectors":40}}}
smart_pending_sectors disk:sda@h disk_failing {}
smart_offline_uncorrectable disk:sda@h disk_failing {}
smart_reallocated_many disk:sda@h disk_failing {}
smart_reallocated_growing disk:sda@h disk_failing {}
smart_uncorrectable_growing disk:sda@h disk_failing {}
smart_media_errors_growing disk:sda@h disk_failing {}
smart_defects_growing disk:sda@h disk_failing {}
smart_reads_failing disk:sda@h disk_failing {}
smart_writes_failing disk:sda@h disk_failing {}
smart_timeouts_growing disk:sda@h faulty_cable {}
smart_crc_errors_growing disk:sda@h faulty_cable {}
smart_spin_retries_growing disk:sda@h disk_failing {}
smart_power_losses disk:nvme0@h power_loss {}
disk_worn disk:nvme0@h disk_worn_out {"metrics":{"smart":{"percentage_used":99,"available_spare":20}}}
disk_worn disk:nvme0@h disk_wear {}
disk_worn_soon disk:nvme0@h disk_wear {}
disk_spare_low disk:nvme0@h disk_worn_out {}
disk_hot disk:sda@h heat_by_load {"metrics":{"temperature":{"celsius":66},"disk":{"busy":99}}}
disk_hot disk:sda@h overheating {}
disk_overheating disk:sda@h overheating {}
temperature_critical chip:coretemp@h fan_failed {"metrics":{"fan":{"fault":1},"temperature":{"celsius":99}}}
temperature_critical chip:coretemp@h heat_by_load {"host":{"cpu":{"usage":99}}}
temperature_critical chip:coretemp@h overheating {}
temperature_high chip:coretemp@h overheating {}
temperature_alarm chip:coretemp@h overheating {}
fan_alarm chip:nct@h fan_failed {}
fan_fault chip:nct@h fan_failed {}
power_alarm chip:power@h power_limit {}
battery_low power_supply:BAT0@h mains_lost {}
END
}

@test "containers, pods and virtual machines" {
	diagnosed <<'END'
cgroup_memory_full cgroup:web@h cgroup_limit_too_low {}
container_memory_high cgroup:web@h cgroup_limit_too_low {}
pod_memory_high cgroup:web@h cgroup_limit_too_low {}
cgroup_oom_kill cgroup:web@h memory_shortage {"host":{"memory":{"usage":98}}}
cgroup_oom_kill cgroup:web@h cgroup_limit_reached {}
container_oom_killed cgroup:web@h cgroup_limit_reached {}
pod_oom_killed cgroup:web@h cgroup_limit_reached {}
cgroup_cpu_throttled cgroup:web@h cpu_limit_too_low {}
cgroup_tasks_full cgroup:web@h thread_leak {}
container_unhealthy container:web@h overload {"host":{"pressure":{"memory_full_avg10":40}}}
container_unhealthy container:web@h container_unhealthy {}
container_restarting container:web@h cgroup_limit_reached {"metrics":{"container":{"oom_killed":1,"restarts":9}}}
container_restarting container:web@h bad_entrypoint {"metrics":{"container":{"exit_code":127}}}
container_restarting container:web@h program_crash {"metrics":{"container":{"exit_code":139}}}
container_restarting container:web@h crash_loop {}
pod_crash_loop container:web@h crash_loop {}
pod_restarting container:web@h crash_loop {}
container_failed container:web@h bad_entrypoint {"metrics":{"container":{"exit_code":126}}}
container_failed container:web@h program_crash {"metrics":{"container":{"exit_code":139}}}
container_failed container:web@h program_failed {}
pod_failed container:web@h program_failed {}
container_dead container:web@h container_not_removable {}
container_paused container:web@h paused_by_hand {}
node_not_ready node:n1 node_resources_exhausted {"metrics":{"node":{"ready":0,"memory_pressure":1,"disk_pressure":0,"pid_pressure":0}}}
node_not_ready node:n1 cni_failed {"metrics":{"node":{"ready":0,"network_unavailable":1}}}
node_not_ready node:n1 kubelet_down {}
node_flapping node:n1 kubelet_down {}
node_memory_pressure node:n1 memory_shortage {}
node_disk_pressure node:n1 container_images {}
node_pid_pressure node:n1 thread_leak {}
node_network_unavailable node:n1 cni_failed {}
node_cordoned node:n1 maintenance_forgotten {}
pod_image_error pod:d/web image_unavailable {}
pod_unschedulable pod:d/web no_node_fits {}
pod_pending pod:d/web pod_start_held_up {}
pod_not_ready pod:d/web readiness_probe_failing {}
pod_evicted pod:d/web node_resources_exhausted {}
deployment_unavailable deployment:d/web pods_failing {}
deployment_short deployment:d/web pods_failing {}
statefulset_unavailable deployment:d/web pods_failing {}
statefulset_short deployment:d/web pods_failing {}
daemonset_short deployment:d/web pods_failing {}
job_failed job:d/import program_failed {}
job_endless job:d/import job_stuck {}
volume_claim_pending persistentvolumeclaim:d/data volume_not_provisioned {}
volume_claim_lost persistentvolumeclaim:d/data volume_removed {}
volume_failed persistentvolume:pv1 reclaim_failed {}
vm_crashed vm:v1 guest_crash {}
vm_flapping vm:v1 guest_crash {}
vm_paused vm:v1 memory_shortage {"host":{"memory":{"usage":98}}}
vm_paused vm:v1 guest_storage_error {}
vm_stopped vm:v1 guest_shut_down {}
vm_memory_high vm:v1 memory_shortage {}
vm_cpu_high vm:v1 cpu_overload {}
vm_disk_errors vm:v1 guest_storage_error {}
END
}

@test "clusters, Ceph and Gluster" {
	diagnosed <<'END'
cluster_node_missing cluster:c node_down {}
node_disconnected cluster:c node_down {}
ceph_health_error cluster:ceph storage_space_exhausted {"metrics":{"ceph":{"health":2,"full":1}}}
ceph_health_error cluster:ceph monitor_down {"metrics":{"ceph":{"health":1,"mons":3,"mons_quorum":2}}}
ceph_health_error cluster:ceph osd_down {"metrics":{"ceph":{"health":1},"cluster":{"online_nodes":11,"total_nodes":12}}}
ceph_health_error cluster:ceph data_inconsistent {"metrics":{"ceph":{"health":2,"pgs_inconsistent":1}}}
ceph_health_error cluster:ceph cluster_unhealthy {}
ceph_health_warning cluster:ceph cluster_unhealthy {}
ceph_osd_down osd:ceph/3 osd_failed {}
ceph_osd_flapping osd:ceph/3 osd_failed {}
ceph_full cluster:ceph storage_space_exhausted {}
ceph_pgs_inactive cluster:ceph osd_down {"metrics":{"ceph":{"inactive":3},"cluster":{"online_nodes":9,"total_nodes":12}}}
ceph_pgs_inactive cluster:ceph too_few_copies {"metrics":{"ceph":{"inactive":3,"pgs_undersized":8},"cluster":{"online_nodes":12,"total_nodes":12}}}
ceph_pgs_inactive cluster:ceph data_unavailable {}
ceph_pgs_down cluster:ceph data_unavailable {}
ceph_pgs_stale cluster:ceph data_unavailable {}
ceph_unfound cluster:ceph data_unavailable {}
ceph_pgs_inconsistent cluster:ceph disk_failing {}
ceph_reads_repaired cluster:ceph disk_failing {}
ceph_pgs_no_room cluster:ceph storage_space_exhausted {}
ceph_degraded cluster:ceph maintenance_forgotten {"metrics":{"ceph":{"degraded":2,"flag_norecover":1}}}
ceph_degraded cluster:ceph osd_down {"metrics":{"ceph":{"degraded":2},"cluster":{"online_nodes":11,"total_nodes":12}}}
ceph_degraded cluster:ceph recovery_slow {}
ceph_mon_missing cluster:ceph monitor_down {}
ceph_quorum_at_risk cluster:ceph monitor_down {}
ceph_mgr_down cluster:ceph manager_down {}
ceph_mds_missing cluster:ceph metadata_server_down {}
ceph_slow_ops cluster:ceph slow_disk {"metrics":{"ceph":{"slow_ops":9},"latency":{"write_avg":8,"write_worst":400}}}
ceph_slow_ops cluster:ceph recovery_load {"metrics":{"ceph":{"slow_ops":9,"recovery_bytes":9e8},"latency":{"write_avg":8,"write_worst":20}}}
ceph_slow_ops cluster:ceph storage_bottleneck {}
ceph_crashes cluster:ceph program_crash {}
ceph_daemon_down cluster:ceph process_gone {}
ceph_clock_skew mon:ceph/a clock_not_synchronised {}
ceph_versions_mixed cluster:ceph upgrade_unfinished {}
ceph_paused cluster:ceph paused_by_hand {}
ceph_maintenance_forgotten cluster:ceph maintenance_forgotten {}
ceph_pool_quota pool:ceph/rbd quota_reached {}
gluster_failed cluster:gluster daemon_down {}
brick_offline brick:h1:/b1 storage_space_exhausted {"metrics":{"brick":{"online":0},"storage":{"utilization":100}}}
brick_offline brick:h1:/b1 brick_failed {}
volume_unreadable volume:gv0 storage_unreachable {}
volume_stopped volume:gv0 stopped_by_hand {}
heal_split_brain volume:gv0 split_brain {}
heal_backlog volume:gv0 replica_behind {}
quota_soft_exceeded quota:gv0/home quota_reached {}
quota_hard_exceeded quota:gv0/home quota_reached {}
END
}

@test "databases, proxies and queues" {
	diagnosed <<'END'
redis_memory_full service:redis@h keys_without_expiry {"metrics":{"memory":{"usage":99},"redis":{"keys":900000,"keys_expiring":0,"clients":3}}}
redis_memory_full service:redis@h redis_memory_limit {}
redis_evicting service:redis@h redis_memory_limit {}
redis_loading service:redis@h slow_start {}
redis_master_lost service:redis@h replica_resynchronising {"metrics":{"redis":{"master":0,"master_link_up":0,"loading":1}}}
redis_master_lost service:redis@h replication_link_down {}
redis_replica_lost service:redis@h replication_link_down {}
redis_save_failed service:redis@h memory_shortage {"host":{"memory":{"usage":93}}}
redis_save_failed service:redis@h storage_write_failed {}
redis_aof_failed service:redis@h storage_write_failed {}
redis_clients_high service:redis@h connection_leak {}
redis_rejecting service:redis@h connection_leak {}
nats_connections_high service:redis@h connection_leak {}
redis_fragmented service:redis@h memory_fragmented {}
redis_restarted service:redis@h out_of_memory_killed {"host":{"paging":{"oom_kills":0.1}}}
redis_restarted service:redis@h service_restarted {}
haproxy_backend_down backend:web@h bad_configuration {"metrics":{"haproxy":{"up":0,"servers":0,"servers_up":0}}}
haproxy_backend_down backend:web@h all_servers_down {}
haproxy_backend_weak server:web/s1@h server_overloaded {"metrics":{"haproxy":{"up":0,"check_ms":2000}}}
haproxy_backend_weak server:web/s1@h server_failed {}
haproxy_server_down server:web/s1@h server_failed {}
haproxy_server_flapping server:web/s1@h server_failed {}
haproxy_connect_errors server:web/s1@h server_failed {}
haproxy_sessions_full backend:web@h slow_backend {"metrics":{"haproxy":{"queue":90,"response_ms":4000}}}
haproxy_sessions_full backend:web@h too_few_servers {"metrics":{"haproxy":{"queue":90,"response_ms":20,"servers":4,"servers_up":2}}}
haproxy_sessions_full backend:web@h more_load_than_usual {}
haproxy_queue backend:web@h more_load_than_usual {}
haproxy_slow backend:web@h more_load_than_usual {"metrics":{"haproxy":{"queue_ms":5000,"response_ms":3000,"connect_ms":1}}}
haproxy_slow backend:web@h network_loss {"metrics":{"haproxy":{"queue_ms":0,"response_ms":3000,"connect_ms":900}}}
haproxy_slow backend:web@h slow_backend {}
unusual_backend backend:web@h more_load_than_usual {"metrics":{"haproxy":{"queue_ms":5000,"response_ms":3000,"connect_ms":1}}}
unusual_backend backend:web@h slow_backend {}
haproxy_errors backend:web@h all_servers_down {"metrics":{"haproxy":{"servers":3,"servers_up":0}}}
haproxy_errors backend:web@h application_error {}
nginx_dropping service:nginx@h connection_limit {}
nats_slow_consumers service:nats@h slow_consumer {}
END
}

@test "services, their checks and their files" {
	diagnosed <<'END'
service_down service:web@h out_of_memory_killed {"host":{"paging":{"oom_kills":0.1}}}
service_down service:web@h not_started_at_boot {"host":{"kernel":{"uptime_s":120}}}
service_down service:web@h ~tasks_exhausted {"host":{"tasks":{"usage":99}}}
service_down service:web@h ~file_handles_exhausted {"host":{"filefd":{"usage":99}}}
service_down service:web@h ~memory_shortage {"host":{"memory":{"usage":98}}}
service_stopped service:web@h process_stopped {}
service_unresponsive service:web@h process_unresponsive {}
service_unresponsive service:web@h process_frozen {"metrics":{"check":{"ok":0,"connect_ms":1},"service":{"frozen":1,"blocked":1,"processes":1}}}
service_unresponsive service:web@h cpu_limit_too_low {"metrics":{"check":{"ok":0,"connect_ms":1},"service":{"frozen":0,"cpu_limit":10,"cpu_throttled":99}}}
service_unresponsive service:web@h io_limit_too_low {"metrics":{"check":{"ok":0,"connect_ms":1},"service":{"blocked":1,"processes":4,"cpu_throttled":0,"io_limited":1}}}
service_unresponsive service:web@h storage_stalled {"metrics":{"check":{"ok":0,"connect_ms":1},"service":{"blocked":4,"processes":4,"major_faults":0,"cpu_throttled":0,"io_limited":0}}}
service_unresponsive service:web@h process_unresponsive {"metrics":{"check":{"ok":0,"connect_ms":1},"service":{"frozen":0,"blocked":1,"processes":4,"major_faults":0,"cpu_throttled":0,"io_limited":0}}}
service_slow service:web@h cpu_limit_too_low {"metrics":{"check":{"ok":1,"time_ms":4000},"service":{"cpu_limit":10,"cpu_throttled":99}}}
service_slow service:web@h io_limit_too_low {"metrics":{"check":{"ok":1,"time_ms":4000},"service":{"blocked":1,"io_limited":1}}}
service_frozen service:web@h process_frozen {}
service_over_memory service:web@h memory_leak {}
service_memory_filling service:web@h memory_leak {}
service_fills_memory service:web@h memory_leak {}
service_starved service:web@h cpu_bottleneck {"metrics":{"service":{"cpu":8,"cpu_wait":92}}}
service_unresponsive service:web@h cpu_bottleneck {"metrics":{"check":{"ok":0,"connect_ms":1},"service":{"blocked":0,"processes":1,"cpu":8,"cpu_wait":92,"cpu_throttled":0}}}
service_thrashing service:web@h memory_shortage {"metrics":{"service":{"major_faults":900}}}
service_unresponsive service:web@h memory_shortage {"metrics":{"check":{"ok":0,"connect_ms":1},"service":{"blocked":1,"processes":1,"major_faults":900,"cpu_throttled":0}},"host":{"paging":{"swap_in_bytes":5000000.0}}}
service_over_cpu service:web@h busy_loop {}
service_throttled service:web@h cpu_limit_too_low {"metrics":{"service":{"cpu_limit":10,"cpu_throttled":99}}}
service_tasks_full service:web@h thread_leak {"metrics":{"service":{"threads":30,"zombies":8,"tasks_limit":40}}}
service_tasks_full service:web@h tasks_exhausted {"metrics":{"service":{"threads":3,"zombies":0,"tasks_limit":40}}}
service_unresponsive service:web@h application_error {"metrics":{"check":{"ok":0,"status":503}}}
service_unresponsive service:web@h request_refused {"metrics":{"check":{"ok":0,"status":403}}}
service_unresponsive service:web@h certificate_expired {"metrics":{"check":{"ok":0,"certificate_days":-2}}}
service_unresponsive service:web@h certificate_expired {"metrics":{"check":{"ok":0,"dns_ms":1,"certificate_expired":1}}}
service_unresponsive service:web@h process_unresponsive {"metrics":{"check":{"ok":0,"dns_ms":1,"connect_ms":1,"tls_ms":9}}}
service_unresponsive service:web@h process_unresponsive {"metrics":{"check":{"ok":0,"dns_ms":1,"connect_ms":1}}}
service_unresponsive service:web@h connection_refused {"metrics":{"check":{"ok":0,"dns_ms":1}}}
service_unresponsive service:web@h not_listening {"metrics":{"check":{"ok":0,"dns_ms":1,"refused":1},"service":{"age_s":300}}}
service_unresponsive service:web@h service_starting {"metrics":{"check":{"ok":0,"dns_ms":1,"refused":1},"service":{"age_s":4}}}
service_unresponsive service:web@h firewall_blocks {"metrics":{"check":{"ok":0,"dns_ms":1,"timed_out":1},"service":{"age_s":300}}}
service_unresponsive service:web@h ~firewall_blocks {"metrics":{"check":{"ok":0,"refused":1},"service":{"age_s":300}}}
service_unresponsive service:web@h memory_shortage {"metrics":{"check":{"ok":0}},"host":{"pressure":{"memory_full_avg10":45}}}
service_unresponsive service:web@h storage_bottleneck {"metrics":{"check":{"ok":0}},"host":{"pressure":{"io_full_avg10":80}}}
service_unresponsive service:web@h cpu_bottleneck {"metrics":{"check":{"ok":0}},"host":{"pressure":{"cpu_some_avg10":97}}}
service_unresponsive service:web@h name_resolution_failed {"metrics":{"check":{"ok":0,"unresolved":1}}}
service_unresponsive service:web@h ports_exhausted {"metrics":{"check":{"ok":0,"dns_ms":1,"no_port":1}}}
service_unresponsive service:web@h host_unreachable {"metrics":{"check":{"ok":0,"dns_ms":1,"unreachable":1}}}
check_failed check:c@h name_resolution_failed {"metrics":{"check":{"ok":0,"unresolved":1}}}
check_failed check:c@h ports_exhausted {"metrics":{"check":{"ok":0,"dns_ms":1,"no_port":1}}}
check_failed check:c@h host_unreachable {"metrics":{"check":{"ok":0,"dns_ms":1,"unreachable":1}}}
check_failed check:shop@h application_error {"metrics":{"check":{"ok":0,"status":502}}}
check_failed check:shop@h request_refused {"metrics":{"check":{"ok":0,"status":404}}}
check_failed check:shop@h certificate_expired {"metrics":{"check":{"ok":0,"certificate_days":-1}}}
check_failed check:shop@h certificate_expired {"metrics":{"check":{"ok":0,"dns_ms":1,"certificate_expired":1}}}
check_failed check:shop@h peer_unreachable {"metrics":{"check":{"ok":0,"loss":100}}}
check_failed check:shop@h check_broken {"metrics":{"check":{"ok":0,"state":3}}}
check_failed check:shop@h file_absent {"metrics":{"check":{"ok":0,"exists":0}}}
check_failed check:shop@h not_mounted {"metrics":{"check":{"ok":0,"mounted":0}}}
check_failed check:shop@h process_gone {"metrics":{"check":{"ok":0,"processes":0}}}
check_failed check:shop@h peer_unresponsive {"metrics":{"check":{"ok":0,"dns_ms":1,"connect_ms":1}}}
check_failed check:shop@h connection_refused {"metrics":{"check":{"ok":0,"dns_ms":1}}}
check_failed check:shop@h check_target_failed {}
file_permissions_changed file:/etc/x@h permission_changed {}
file_changed file:/etc/x@h file_removed {"metrics":{"file":{"exists":0,"matches_baseline":0}}}
file_changed file:/etc/x@h configuration_changed {}
service_restarting service:web@h out_of_memory_killed {"host":{"paging":{"oom_kills":0.2}}}
service_restarting service:web@h crash_at_start {"metrics":{"service":{"running":1,"age_s":2}},"params":{"restarts":4}}
service_restarting service:web@h crash_loop {}
service_flapping service:web@h overload {"host":{"pressure":{"cpu_some_avg10":95,"memory_full_avg10":0,"io_full_avg10":0}}}
service_flapping service:web@h check_near_time_limit {"metrics":{"check":{"time_ms":2400}}}
service_flapping service:web@h intermittent_failure {}
service_zombies service:web@h children_not_reaped {}
service_zombie_flood service:web@h children_not_reaped {}
service_slow service:web@h slow_name_resolution {"metrics":{"check":{"ok":1,"time_ms":4000,"dns_ms":3500}}}
service_slow service:web@h packet_loss {"metrics":{"check":{"ok":1,"time_ms":4000,"connect_ms":3010}}}
service_slow service:web@h slow_tls_handshake {"metrics":{"check":{"ok":1,"time_ms":4000,"tls_ms":3000}}}
service_slow service:web@h memory_shortage {"metrics":{"check":{"ok":1,"time_ms":4000},"service":{"major_faults":1500,"cpu":20,"cpu_wait":70}},"host":{"pressure":{"io_some_avg10":60}}}
service_slow service:web@h cpu_bottleneck {"metrics":{"check":{"ok":1,"time_ms":4000},"service":{"major_faults":0,"cpu":20,"cpu_wait":78}},"host":{"pressure":{"cpu_some_avg10":5},"cpu":{"usage":30}}}
service_slow service:web@h memory_shortage {"metrics":{"check":{"ok":1,"time_ms":4000}},"host":{"pressure":{"memory_full_avg10":30}}}
service_slow service:web@h disk_hog {"metrics":{"check":{"ok":1,"time_ms":4000}},"host":{"io":{"top_share":90,"top_bytes":50000000.0,"top_pid":7},"pressure":{"io_some_avg10":60}}}
service_slow service:web@h storage_bottleneck {"metrics":{"check":{"ok":1,"time_ms":4000}},"host":{"pressure":{"io_full_avg10":70}}}
service_slow service:web@h cpu_bottleneck {"metrics":{"check":{"ok":1,"time_ms":4000}},"host":{"cpu":{"usage":98},"pressure":{"cpu_some_avg10":90}}}
service_slow service:web@h slow_dependency {"metrics":{"check":{"ok":1,"time_ms":4000}},"host":{"cpu":{"usage":12},"pressure":{"cpu_some_avg10":1,"memory_full_avg10":0,"io_full_avg10":0,"io_some_avg10":0},"io":{"top_share":10,"top_bytes":100}}}
service_slow service:web@h slow_service {}
name_lookup_slow service:web@h slow_name_resolution {}
certificate_expiring service:web@h certificate_expired {"metrics":{"check":{"certificate_days":-1}}}
certificate_expiring service:web@h certificate_not_renewed {}
certificate_at_its_end service:web@h certificate_not_renewed {}
packet_loss_heavy check:way@h faulty_link {"metrics":{"check":{"loss":40}}}
clock_far_off check:time@h clock_wrong {"metrics":{"check":{"offset_ms":-3600000}}}
packet_loss check:gw@h receive_overload {"metrics":{"check":{"loss":30}},"host":{"softnet":{"drops":40}}}
packet_loss check:gw@h network_congestion {"metrics":{"check":{"loss":30,"rtt_min_ms":2,"rtt_max_ms":80}}}
packet_loss check:gw@h faulty_link {}
clock_differs check:ntp@h clock_not_synchronised {"host":{"time":{"synchronised":0}}}
clock_differs check:ntp@h time_server_wrong {"metrics":{"check":{"offset_ms":900}},"host":{"time":{"synchronised":1}}}
clock_differs check:ntp@h clock_wrong {}
file_missing file:/etc/x@h file_removed {}
service_memory_growing service:web@h memory_leak {}
service_descriptors_growing service:web@h descriptor_leak {}
service_descriptors_full service:web@h descriptor_leak {}
unusual_service_cpu service:web@h busy_loop {"metrics":{"service":{"cpu":100}}}
unusual_service_cpu service:web@h more_load_than_usual {}
unusual_response_time service:web@h memory_shortage {"metrics":{"service":{"major_faults":80}},"host":{"pressure":{"memory_some_avg10":20}}}
unusual_response_time service:web@h cpu_bottleneck {"metrics":{"service":{"cpu":20,"cpu_wait":78}}}
unusual_response_time check:shop@h memory_shortage {"host":{"pressure":{"memory_full_avg10":30}}}
unusual_response_time check:shop@h disk_hog {"host":{"io":{"top_share":90,"top_bytes":50000000.0,"top_pid":7},"pressure":{"io_some_avg10":60}}}
unusual_response_time check:shop@h cpu_bottleneck {"host":{"pressure":{"cpu_some_avg10":92}}}
unusual_response_time check:shop@h slow_name_resolution {"metrics":{"check":{"time_ms":900,"dns_ms":800}}}
unusual_response_time check:shop@h slow_dependency {}
END
}

@test "processors, memory, limits, clock and state of a machine" {
	diagnosed <<'END'
high_latency filesystem:/srv@h disk_hog {"host":{"io":{"top_share":88,"top_bytes":60000000.0,"top_pid":42}}}
high_latency filesystem:/srv@h memory_thrashing {"host":{"pressure":{"memory_full_avg10":50},"io":{"top_share":10,"top_bytes":10000000.0,"top_pid":4}}}
high_latency filesystem:/srv@h cpu_bottleneck {"host":{"pressure":{"cpu_some_avg10":97,"memory_full_avg10":0,"io_full_avg10":2}}}
high_latency filesystem:/srv@h ~write_cache_off {"metrics":{"latency":{"read_avg":5,"write_avg":200},"disk":{"busy":30}}}
cpu_high host:h cpu_steal {"metrics":{"cpu":{"usage":96,"steal":40}}}
cpu_high host:h interrupt_load {"metrics":{"cpu":{"usage":96,"steal":0,"irq":2,"softirq":45}}}
cpu_high host:h storage_bottleneck {"metrics":{"cpu":{"usage":60,"steal":0,"irq":0,"softirq":1,"iowait":38}}}
cpu_high host:h cpu_hog {"host":{"cpu":{"top_percent":88,"top_pid":77}}}
cpu_high host:h memory_reclaim {"metrics":{"cpu":{"usage":96,"steal":0,"irq":0,"softirq":1,"iowait":3,"system":70,"user":20}},"host":{"pressure":{"memory_some_avg10":60}}}
cpu_high host:h kernel_time {"metrics":{"cpu":{"usage":96,"steal":0,"irq":0,"softirq":1,"iowait":3,"system":70,"user":20}}}
cpu_high host:h cpu_overload {}
unusual_cpu host:h cpu_overload {}
cpu_pressure host:h cpu_hog {"host":{"cpu":{"top_percent":70,"top_pid":77}}}
cpu_pressure host:h cpu_steal {"metrics":{"cpu":{"steal":25}}}
cpu_pressure host:h cpu_limit_too_low {"metrics":{"cpu":{"usage":30,"steal":0}}}
cpu_pressure host:h cpu_overload {}
cpu_steal_high host:h cpu_steal {}
cpu_iowait_high host:h memory_thrashing {"host":{"paging":{"swap_in_bytes":9000000.0}}}
cpu_iowait_high host:h disk_hog {"host":{"io":{"top_share":88,"top_bytes":60000000.0,"top_pid":42}}}
cpu_iowait_high host:h storage_bottleneck {}
cpu_interrupts_high host:h packet_flood {"host":{"softnet":{"packets":900000,"drops":4}}}
cpu_interrupts_high host:h interrupt_load {}
load_high host:h storage_bottleneck {"host":{"process":{"blocked":60,"running":2}}}
load_high host:h cpu_hog {"host":{"process":{"blocked":0,"running":40},"cpu":{"top_percent":70,"top_pid":77}}}
load_high host:h cpu_overload {}
irq_pressure host:h interrupt_load {}
fork_storm host:h fork_bomb {"host":{"tasks":{"usage":88}}}
fork_storm host:h short_lived_processes {}
memory_high host:h memory_hog {"metrics":{"memory":{"usage":97,"total_bytes":8000000000.0}},"host":{"memory":{"top_bytes":6000000000.0,"top_pid":9}}}
memory_high host:h too_many_processes {"metrics":{"memory":{"usage":97,"total_bytes":8000000000.0}},"host":{"process":{"count":4100}}}
memory_high host:h memory_overcommitted {"metrics":{"memory":{"usage":97,"total_bytes":8000000000.0}},"host":{"process":{"count":200},"memory":{"top_bytes":400000000.0,"top_pid":9}}}
memory_high host:h memory_shortage {}
unusual_memory host:h memory_shortage {}
memory_pressure cgroup:web@h cgroup_limit_too_low {"metrics":{"pressure":{"memory_full_avg10":50}}}
memory_pressure host:h memory_thrashing {"host":{"paging":{"swap_in_bytes":9000000.0,"swap_out_bytes":9000000.0}}}
memory_pressure host:h memory_hog {"host":{"memory":{"top_bytes":6000000000.0,"total_bytes":8000000000.0,"top_pid":9}}}
memory_pressure host:h memory_shortage {}
oom_kill host:h memory_hog {"host":{"memory":{"top_bytes":6000000000.0,"total_bytes":8000000000.0,"top_pid":9}}}
oom_kill host:h cgroup_limit_reached {"host":{"memory":{"usage":40}}}
oom_kill host:h swap_exhausted {"host":{"memory":{"usage":97,"swap_usage":99}}}
oom_kill host:h memory_shortage {}
swap_exhausted host:h memory_shortage {}
swap_thrashing host:h memory_thrashing {}
major_faults_high host:h memory_thrashing {"metrics":{"paging":{"major_faults":900,"swap_in_bytes":5000000.0}}}
major_faults_high host:h page_cache_too_small {"metrics":{"paging":{"swap_in_bytes":0}},"host":{"memory":{"usage":98}}}
major_faults_high host:h cold_cache {}
writeback_slow host:h disk_hog {"host":{"io":{"top_share":95,"top_bytes":200000000.0,"top_pid":5}}}
writeback_slow host:h slow_device {}
io_pressure host:h memory_thrashing {"host":{"paging":{"swap_in_bytes":9000000.0}}}
io_pressure host:h disk_hog {"host":{"io":{"top_share":88,"top_bytes":60000000.0,"top_pid":42}}}
io_pressure host:h slow_device {"host":{"io":{"top_share":90,"top_bytes":40000,"top_pid":42}}}
io_pressure host:h storage_bottleneck {}
file_handles_exhausted host:h descriptor_leak {}
tasks_exhausted host:h fork_bomb {"host":{"kernel":{"forks":4000}}}
tasks_exhausted host:h children_not_reaped {"host":{"kernel":{"forks":5},"process":{"zombies":20000}}}
tasks_exhausted host:h thread_leak {}
conntrack_full host:h connection_table_full {}
conntrack_drops host:h connection_table_full {"host":{"conntrack":{"usage":99}}}
conntrack_drops host:h connection_tracking_refused {}
entropy_low host:h entropy_source_missing {}
tasks_stuck host:h storage_stalled {"metrics":{"process":{"stuck":30}}}
blocked_tasks host:h network_storage_unresponsive {"host":{"nfs":{"retransmitted":40}}}
blocked_tasks host:h storage_stalled {}
hung_tasks host:h network_storage_unresponsive {"description":"INFO: task nfsd:311 blocked for more than 120 seconds."}
hung_tasks host:h storage_stalled {}
log_hung_task host:h storage_stalled {}
zombies host:h children_not_reaped {}
unusual_processes host:h children_not_reaped {"metrics":{"process":{"zombies":400}}}
unusual_processes host:h storage_stalled {"metrics":{"process":{"zombies":0,"blocked":44}}}
unusual_processes host:h jobs_piling_up {}
clock_offset host:h clock_not_synchronised {"metrics":{"time":{"synchronised":0}}}
clock_offset host:h clock_drift {"metrics":{"time":{"synchronised":1,"offset_ms":90,"frequency_ppm":480}}}
clock_offset host:h time_source_poor {}
clock_uncertain host:h time_source_poor {}
clock_sync_lost host:h time_daemon_lost {}
log_clocksource_unstable host:h clock_unstable {}
units_failed host:h unit_failed {}
reboot_required host:h update_pending_reboot {}
host_restarted host:h host_rebooted {}
host_restarting host:h host_unstable {}
configuration_drift host:h packages_changed {"dims":{"area":"packages"}}
configuration_drift host:h unplanned_change {}
host_silent host:h memory_exhausted {"host":{"memory":{"usage":99}}}
host_silent host:h overload {"host":{"load":{"one":300}}}
host_silent host:h host_unreachable {}
node_offline cluster:c cluster_unreachable {"metrics":{"cluster":{"online_nodes":0,"total_nodes":5}}}
node_offline cluster:c quorum_lost {"metrics":{"cluster":{"online_nodes":2,"total_nodes":5}}}
END
}

@test "space, disks, arrays and pools" {
	diagnosed <<'END'
disk_full filesystem:/@h memory_filesystem_full {"labels":{"fstype":"tmpfs"}}
disk_full filesystem:/boot@h old_kernels {}
disk_full filesystem:/var/log@h runaway_log {"host":{"io":{"top_share":90,"top_bytes":50000000.0,"top_pid":7}}}
disk_full filesystem:/var/log@h log_growth {"host":{"io":{"top_share":90,"top_bytes":100,"top_pid":7}}}
disk_full filesystem:/var/lib/docker@h ~container_images {}
disk_full filesystem:/@h ~runaway_writer {"host":{"io":{"top_share":90,"top_bytes":50000000.0,"top_pid":7}}}
disk_full filesystem:/@h ~data_growth {"host":{"io":{"top_share":5,"top_bytes":0}}}
disk_filling filesystem:/var/log@h ~storage_space_exhausted {"metrics":{"storage":{"utilization":80}}}
disk_filling filesystem:/var/log@h log_growth {}
disk_filling lv:vg0/thin@h storage_growth {"metrics":{"storage":{"utilization":88}}}
disk_filling filesystem:/srv@h runaway_writer {"host":{"io":{"top_share":90,"top_bytes":50000000.0,"top_pid":7}}}
disk_filling filesystem:/srv@h storage_growth {}
disk_full_in_days filesystem:/srv@h storage_growth {}
inodes_full filesystem:/srv@h inodes_exhausted {}
inodes_filling filesystem:/srv@h inode_growth {}
ceph_osd_nearly_full osd:ceph/3 data_imbalance {"metrics":{"osd":{"variance":1.4},"storage":{"utilization":88}}}
ceph_osd_nearly_full osd:ceph/3 storage_space_exhausted {}
ceph_nearly_full osd:ceph/3 storage_space_exhausted {}
ceph_osd_imbalanced osd:ceph/3 data_imbalance {}
filesystem_read_only filesystem:/srv@h filesystem_error {}
filesystem_read_only filesystem:/srv@h filesystem_error {"metrics":{"storage":{"errors":0}}}
filesystem_read_only filesystem:/srv@h filesystem_corrupted {"metrics":{"storage":{"errors":2}}}
filesystem_damaged filesystem:/srv@h filesystem_corrupted {"metrics":{"storage":{"errors":2}}}
filesystem_stalled filesystem:/srv@h storage_stalled {"labels":{"fstype":"fuse.sshfs","device":"me@peer:"}}
filesystem_stalled filesystem:/srv@h network_storage_unresponsive {"labels":{"fstype":"nfs4","device":"peer:/srv"}}
filesystem_stalled filesystem:/srv@h storage_stalled {"labels":{"fstype":"ext4","device":"/dev/sda1"}}
filesystem_unmounted filesystem:/srv@h mount_failed {}
disk_saturated disk:sda@h memory_thrashing {"host":{"paging":{"swap_in_bytes":9000000.0}}}
disk_saturated disk:sda@h disk_hog {"host":{"io":{"top_share":88,"top_bytes":60000000.0,"top_pid":42}}}
disk_saturated disk:sda@h disk_failing {"metrics":{"disk":{"busy":100,"queue":30,"read_bytes":200000,"write_bytes":0,"read_ops":12,"write_ops":0}}}
disk_saturated disk:sda@h storage_bottleneck {}
unusual_read_latency disk:sda@h memory_thrashing {"host":{"pressure":{"memory_full_avg10":40}}}
unusual_read_latency disk:sda@h disk_hog {"host":{"io":{"top_share":88,"top_bytes":60000000.0,"top_pid":42}}}
unusual_read_latency disk:sda@h disk_failing {"metrics":{"disk":{"busy":99,"read_bytes":90000,"write_bytes":0}}}
unusual_read_latency disk:sda@h storage_bottleneck {}
unusual_write_latency disk:sda@h storage_bottleneck {}
disk_flush_slow disk:sda@h slow_device {}
nvme_not_live disk:nvme0@h controller_reset {"description":"resetting"}
nvme_not_live disk:nvme0@h controller_failed {}
multipath_degraded multipath:mpatha@h path_failed {}
multipath_failed multipath:mpatha@h storage_unreachable {}
nfs_timeouts filesystem:/net@h network_loss {"host":{"tcp":{"retransmits":80,"sent_segments":900}}}
nfs_timeouts filesystem:/net@h network_storage_unresponsive {}
nfs_retransmits filesystem:/net@h network_storage_unresponsive {}
log_nfs_not_responding filesystem:/net@h network_storage_unresponsive {}
nfsd_bad_calls host:h client_misconfigured {}
md_degraded md:md0@h disk_failed {"metrics":{"md":{"degraded":1,"disks_failed":1}}}
md_degraded md:md0@h array_rebuilding {"metrics":{"md":{"degraded":1,"disks_failed":0,"syncing":1}}}
md_degraded md:md0@h array_member_missing {}
md_disk_failed md:md0@h array_member_missing {}
array_degraded md:md0@h array_member_missing {}
log_md_disk_failure md:md0@h array_member_missing {}
log_md_not_enough md:md0@h array_member_missing {}
md_inactive md:md0@h array_members_missing {}
array_failed md:md0@h array_members_missing {}
md_rebuild_stuck md:md0@h disk_hog {"host":{"io":{"top_share":90,"top_bytes":90000000.0,"top_pid":3}}}
md_rebuild_stuck md:md0@h rebuild_held_up {}
md_rebuild_slow md:md0@h rebuild_held_up {}
drbd_disconnected disk:drbd0@h replication_link_down {"metrics":{"drbd":{"connected":0,"primary":1,"out_of_sync_bytes":9000}}}
drbd_disconnected disk:drbd0@h replication_link_down {}
drbd_outdated disk:drbd0@h replication_link_down {"metrics":{"drbd":{"connected":0,"up_to_date":0}}}
drbd_outdated disk:drbd0@h replica_disk_failed {}
drbd_peer_outdated disk:drbd0@h replica_disk_failed {}
zfs_pool_unusable pool:tank@h devices_missing {}
pool_faulted pool:tank@h devices_missing {}
zfs_pool_degraded pool:tank@h pool_rebuilding {"metrics":{"pool":{"degraded":1,"resilvering":1}}}
zfs_pool_degraded pool:tank@h disk_failed {}
pool_degraded pool:tank@h disk_failed {}
vdev_faulted vdev:tank/sdb@h disk_failed {"metrics":{"vdev":{"faulted":1,"read_errors":40,"write_errors":2,"checksum_errors":0}}}
vdev_faulted vdev:tank/sdb@h device_missing {}
vdev_errors vdev:tank/sdb@h data_corrupted_in_transit {"metrics":{"vdev":{"read_errors":0,"write_errors":0,"checksum_errors":9}}}
vdev_errors vdev:tank/sdb@h disk_failing {}
pool_data_errors pool:tank@h data_lost {}
pool_scan_errors pool:tank@h silent_corruption {}
pool_fragmented pool:tank@h pool_too_full {}
zfs_memory_short host:h memory_shortage {}
lv_metadata_full lv:vg0/thin@h thin_metadata_exhausted {}
lv_snapshot_invalid lv:vg0/snap@h snapshot_overflow {}
lv_unhealthy vg:vg0@h device_missing {}
vg_partial vg:vg0@h device_missing {}
pv_missing vg:vg0@h device_missing {}
btrfs_device_missing vg:vg0@h device_missing {}
btrfs_device_errors btrfs:x@h data_corrupted_in_transit {"description":"BTRFS warning (device sda2): csum failed root 5 ino 257"}
btrfs_device_errors btrfs:x@h disk_failing {}
log_btrfs_error btrfs:x@h disk_failing {}
btrfs_metadata_full btrfs:x@h metadata_space_exhausted {}
bcache_errors bcache:x@h disk_failing {}
log_disk_io_error host:h storage_unreachable {"description":"I/O error, dev dm-3, sector 1"}
log_disk_io_error host:h disk_failing {}
log_buffer_io_error host:h disk_failing {}
log_scsi_offline host:h disk_failing {}
log_disk_medium_error host:h disk_failing {}
log_ata_error host:h disk_failing {"description":"ata1.00: failed command: READ DMA; error: UNC"}
log_ata_error host:h faulty_cable {}
log_nvme_timeout host:h controller_failed {}
log_ext_error host:h disk_failing {"description":"JBD2: Detected IO errors while flushing file data on sda1-8"}
log_ext_error host:h filesystem_corrupted {}
log_xfs_error host:h filesystem_corrupted {}
log_journal_error host:h filesystem_corrupted {}
log_remounted_read_only host:h filesystem_error {}
log_read_only host:h filesystem_error {}
log_no_space host:h storage_space_exhausted {}
log_stale_file_handle host:h export_replaced {}
END
}

@test "what logs say" {
	diagnosed <<'END'
log_oom_kill host:h cgroup_limit_reached {"description":"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null)"}
log_oom_kill host:h memory_hog {"host":{"memory":{"top_bytes":6000000000.0,"total_bytes":8000000000.0,"top_pid":9}}}
log_oom_kill host:h memory_shortage {}
log_cgroup_oom host:h cgroup_limit_reached {}
log_page_allocation_failure host:h memory_fragmented {"description":"swapper/0: page allocation failure: order:4, mode:0x40cc0"}
log_page_allocation_failure host:h memory_shortage {}
log_soft_lockup host:h cpu_steal {"host":{"cpu":{"steal":50}}}
log_soft_lockup host:h processor_stuck {}
log_rcu_stall host:h processor_stuck {}
log_hard_lockup host:h processor_stuck {}
log_kernel_panic host:h kernel_crash {}
log_kernel_bug host:h program_crash {"description":"traps: php[22] general protection fault ip:7f sp:7f in libc"}
log_kernel_bug host:h kernel_defect {}
log_segfault host:h program_crash {}
log_core_dump host:h program_crash {}
log_machine_check host:h hardware_error {}
log_memory_uncorrectable memory_controller:mc0@h memory_module_failing {}
memory_errors_uncorrectable memory_controller:mc0@h memory_module_failing {}
log_memory_corrected memory_controller:mc0@h memory_module_failing {}
memory_errors_correctable memory_controller:mc0@h memory_module_failing {}
log_pcie_error host:h hardware_error {}
log_thermal_throttle host:h overheating {}
log_under_voltage host:h power_supply_weak {}
log_usb_error host:h usb_over_current {"description":"usb 1-1-port2: over-current condition"}
log_usb_error host:h usb_device_failing {}
log_usb_over_current host:h usb_device_failing {}
net_link_down net:bond0@h all_links_lost {}
net_link_down net:eth0@h link_lost {}
net_carrier_lost net:eth0@h link_lost {}
net_set_down net:eth0@h interface_set_down {}
route_missing host:h route_lost {}
log_link_down net:eth0@h link_lost {}
log_netdev_watchdog host:h network_card_stuck {}
log_neighbour_overflow host:h neighbour_table_full {}
log_conntrack_full host:h connection_table_full {}
log_syn_flood host:h accept_queue_full {"host":{"tcp":{"listen_overflows":30}}}
log_syn_flood host:h syn_flood {}
log_tcp_memory host:h socket_memory_exhausted {}
tcp_orphans_high host:h socket_memory_exhausted {}
log_too_many_open_files host:h file_handles_exhausted {"host":{"filefd":{"usage":98}}}
log_too_many_open_files host:h descriptor_limit {}
log_file_max host:h file_handles_exhausted {}
log_fork_rejected host:h task_limit_reached {"description":"cgroup: fork rejected by pids controller in /system.slice/web.service"}
log_fork_rejected host:h memory_shortage {"host":{"memory":{"usage":98}}}
log_fork_rejected host:h task_limit_reached {}
log_failed_password host:h wrong_credentials {"description":"Failed password for backup from 10.0.0.7 port 22 ssh2"}
log_failed_password host:h password_guessing {}
log_authentication_failure host:h password_guessing {}
log_authentication_attempts host:h password_guessing {}
log_certificate host:h certificate_expired {"description":"x509: certificate has expired or is not yet valid"}
log_certificate host:h certificate_not_trusted {}
log_service_killed host:h out_of_memory_killed {"description":"web.service: Main process exited, code=killed, status=9/KILL","host":{"paging":{"oom_kills":0.1}}}
log_service_killed host:h killed_forcibly {"description":"web.service: Main process exited, code=killed, status=9/KILL"}
log_service_killed host:h program_crash {"description":"web.service: Main process exited, code=dumped, status=11/SEGV"}
log_service_killed host:h killed_by_signal {}
log_service_restart_limit host:h crash_loop {}
log_new_error host:h port_conflict {"description":"new: bind() to 0.0.0.0:80 failed (98: Address already in use)"}
log_new_error host:h storage_space_exhausted {"description":"new: could not write: No space left on device"}
log_new_error host:h memory_shortage {"description":"new: java.lang.OutOfMemoryError: Java heap space"}
log_new_error host:h bad_configuration {"description":"new: nginx: [emerg] unknown directive \"proxi_pass\" in /etc/nginx/nginx.conf:12"}
log_new_error host:h program_crash {"description":"new: panic: runtime error: index out of range"}
log_new_error host:h dependency_down {"description":"new: connect to 10.0.0.5:5432: Connection refused"}
log_new_error host:h name_resolution_failed {"description":"new: getaddrinfo: Temporary failure in name resolution"}
log_new_error host:h permission_denied {"description":"new: open /var/lib/app/db: permission denied"}
log_new_error host:h slow_dependency {"description":"new: context deadline exceeded while calling payments"}
log_new_error host:h new_kind_of_error {}
END
}

@test "interfaces and sockets" {
	diagnosed <<'END'
net_errors net:eth0@h receive_overload {"metrics":{"net":{"rx_packets":400000,"rx_errors":900}}}
net_errors net:eth0@h duplex_mismatch {"metrics":{"net":{"rx_packets":500,"tx_errors":40,"rx_errors":1}}}
net_errors net:eth0@h faulty_cable {"metrics":{"net":{"rx_packets":900,"rx_errors":30,"tx_errors":0}}}
net_receive_drops net:eth0@h receive_overload {"metrics":{"net":{"rx_drops":90}},"host":{"softnet":{"drops":60,"squeezed":4}}}
net_receive_drops net:eth0@h unwanted_frames {"metrics":{"net":{"rx_packets":800,"rx_drops":30}},"host":{"softnet":{"drops":0,"squeezed":0}}}
net_receive_drops net:eth0@h receive_overload {}
vm_net_drops vm:v1 guest_too_slow {}
vm_net_drops net:eth0@h transmit_overload {}
net_transmit_drops net:eth0@h transmit_overload {}
net_link_flapping net:eth0@h faulty_cable {}
bond_degraded net:bond0@h link_lost {}
bond_down net:bond0@h all_links_lost {}
softnet_drops host:h cpu_steal {"host":{"cpu":{"steal":40}}}
softnet_drops host:h receive_overload {}
softnet_squeezed host:h receive_overload {}
tcp_retransmits host:h receive_overload {"host":{"softnet":{"drops":50}}}
tcp_retransmits host:h accept_queue_full {"metrics":{"tcp":{"retransmits":90,"listen_drops":20}}}
tcp_retransmits host:h network_loss {}
unusual_retransmits host:h network_loss {}
tcp_listen_overflows host:h cpu_bottleneck {"host":{"pressure":{"cpu_some_avg10":93}}}
tcp_listen_overflows host:h service_blocked {"host":{"pressure":{"io_full_avg10":70}}}
tcp_listen_overflows host:h accept_queue_full {}
tcp_time_wait_high host:h connection_churn {}
tcp_opens_failing host:h ports_exhausted {"metrics":{"tcp":{"time_wait":28100}}}
tcp_opens_failing host:h connection_table_full {"host":{"conntrack":{"usage":99}}}
tcp_opens_failing host:h dependency_down {}
udp_receive_losses host:h reader_too_slow {}
udp_send_losses host:h send_buffer_too_small {}
vm_net_errors vm:v1 virtual_network_fault {}
END
}

# The types of faults that the stock rules can raise, in file "types".
stock_types() {
	awk 'function flush() { if (name) print name; name = "" }
		FNR == 1 { flush(); on = 0 }
		/^[a-z]/ { flush(); on = /^rules:/ }
		on && /^  [a-z0-9_]+:/ { flush(); name = $1; sub(/:/, "", name) }
		on && /^    fault_type:/ { name = $2 }
		END { flush() }' "$abs_top_srcdir"/share/rules/*.yaml | sort -u >types
	[ "$(wc -l <types)" -ge 312 ]
}

@test "each fault that a stock rule raises has a cause" {
	need jq
	stock_types
	sed 's/.*/{"kind":"fault","time":"2026-11-21T01:00:00Z","host":"h","entity":"host:h","id":"f-1","fingerprint":"f-0","status":"open","fault_type":"&","rule_id":"&","severity":"low"}/' types |
		sh-diagnose >out
	[ "$(wc -l <out)" = "$(wc -l <types)" ]
	run -0 jq -r 'select(.merged_result.root_cause == "unknown") | .fault.fault_type' out
	[ -z "$output" ]
	run -0 jq -r 'select(.fault.fault_type | startswith("log_")) | select(.merged_result.confidence > 0.9)' out
	[ -z "$output" ]
}

@test "no stock diagnosis is of a fault that no stock rule raises" {
	stock_types
	awk '/^    faults: \[/ { on = 1 }
		on { last = /\]/; sub(/faults:/, ""); gsub(/[^a-z0-9_]+/, "\n"); print }
		last { on = last = 0 }' "$abs_top_srcdir"/share/diagnoses/*.yaml | grep . | sort -u >told
	[ "$(wc -l <told)" -ge 312 ]
	run -0 comm -13 types told
	[ -z "$output" ]
}

@test "a service that answers with an error is not said to hang" {
	need jq
	for status in 403 503; do
		printf '{"kind":"fault","time":"2026-11-21T01:00:00Z","host":"h","entity":"service:web@h","id":"f-1","fingerprint":"f-0","status":"open","fault_type":"service_unresponsive","rule_id":"service_unresponsive","severity":"high","context":{"metrics":{"check":{"ok":0,"status":%d}},"host":{}}}\n' $status
	done | sh-diagnose >out
	jq -es 'length == 2 and all(.[]; .ranking | length > 0 and all(.[]; .root_cause != "process_unresponsive"))' out
}
