// What a step does beside the operation itself: spin loops are noticed, the trace is kept, plain accesses are
// looked at.
#include <cstring>

#include <heddle/runtime/race_detector.hpp>
#include <heddle/runtime/schedule_state.hpp>

namespace heddle::runtime {
namespace {

// A spin loop is given this many identical reads before it has to let others run.
constexpr std::uint32_t spins_before_yield = 8;
// As many reads of whatever kind with nothing written in between are a spin loop with a long body.
constexpr std::uint32_t reads_before_yield = 256;
// Plain accesses without a scheduling point before a thread counts as spinning on plain memory.
constexpr std::uint32_t plain_accesses_max = 100'000;
// Readings of the same time before a loop that polls the clock lets time pass.
constexpr std::uint32_t polls_before_tick = 32;

void others_lose_patience(const thread& stepped) {
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    thread& t = thread_at(i);
    if (t.id != stepped.id && t.waits == thread::patience::until_step) lose_patience(t);
  }
}

// The hook of a plain access runs before the access, which may crash: its value is seen at the next event.
void complete_access(schedule& s) {
  if (s.unfinished_access == 0) return;
  event& e = s.outcome.trace[s.unfinished_access - 1];
  std::memcpy(&e.after, reinterpret_cast<const void*>(e.operation.address), e.operation.size);
  e.succeeded = true;
  s.unfinished_access = 0;
}

// Reports show plain accesses whether or not they are scheduling points, which have left their event already.
void trace_plain_access(std::uintptr_t address, std::size_t size, bool write, const void* pc) {
  schedule& s = *running_schedule;
  if (!s.how.plain_accesses)
    record_event(
        {{write ? action::write : action::read, static_cast<std::uint8_t>(size), 0, false, address, pc},
         current->id,
         true,
         0,
         0,
         current->marker});
  event& e = s.outcome.trace.back();
  e.succeeded = false;
  if (size <= sizeof e.after) s.unfinished_access = s.outcome.trace.size();
}

}  // namespace

// Reading the same thing again and again with nothing written in between is waiting. (Not by the place that
// reads: compilers copy the bodies of loops differently.)
void notice_spinning(thread& t) {
  if (t.read_epoch != running_schedule->write_epoch) {
    t.read_epoch = running_schedule->write_epoch;
    t.reads_in_epoch = 0;
  }
  if (++t.reads_in_epoch % reads_before_yield == 0) be_patient(t, thread::patience::until_write);
  const bool polls_clock = t.pending.kind == action::clock_read;
  const std::uint64_t epoch = polls_clock ? running_schedule->time : running_schedule->write_epoch;
  for (seen_read& seen : t.seen) {
    if (seen.address != t.pending.address || seen.kind != t.pending.kind || seen.write_epoch != epoch)
      continue;
    t.pending.repeated = true;
    if (++seen.times % spins_before_yield == 0) be_patient(t, thread::patience::until_write);
    if (polls_clock && seen.times >= polls_before_tick) tick();
    return;
  }
  t.seen[t.next_seen++ % 8] = {t.pending.kind, t.pending.address, epoch, 0};
}

void record_event(event e) {
  const bool before = controlled;
  controlled = false;  // the vector's memory is not the component's
  complete_access(*running_schedule);
  if (e.operation.pc != nullptr) e.operation.pc = component_pc(e.operation.pc);
  running_schedule->outcome.trace.push_back(e);
  controlled = before;
}

void start_step(thread& t) {
  schedule& s = *running_schedule;
  mix_hash(std::uint64_t{t.id} << 8 | static_cast<std::uint64_t>(t.pending.kind));
  if (s.waiting_patiently > 0) others_lose_patience(t);
  if (s.how.trace) record_event({t.pending, t.id, true, 0, 0, t.marker});
}

event* traced() {
  auto& trace = running_schedule->outcome.trace;
  return running_schedule->how.trace && !trace.empty() ? &trace.back() : nullptr;
}

void plain_access(std::uintptr_t address, std::size_t size, bool write, const void* pc) {
  thread& me = *current;
  schedule& s = *running_schedule;
  ++s.outcome.component_steps;
  if (address - s.watched < s.watched_bytes) ++s.outcome.component_operations;
  note_frame(me, __builtin_frame_address(0));
  if (++me.plain_accesses > plain_accesses_max) {
    // A loop on plain memory never reaches a scheduling point by itself.
    s.outcome.steps += s.how.max_steps / 64;
    yield(pc);
  }
  const bool own_stack = me.stack->owns_stack_address(address);
  if (s.how.plain_accesses && !own_stack) {
    point(write ? action::write : action::read, reinterpret_cast<const void*>(address), pc,
          static_cast<std::uint8_t>(size));
    if (write) note_write();
  }
  if (s.how.trace && !own_stack) trace_plain_access(address, size, write, pc);
  if (s.how.detect_races &&
      !record_access(address, size, write ? access::plain_write : access::plain_read, me.id, me.clock, pc))
    fail(ending::use_after_free, write ? "write" : "read", pc);
}

}  // namespace heddle::runtime
