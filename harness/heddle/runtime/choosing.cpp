// Who goes next, and when time passes.
#include <algorithm>

#include <heddle/runtime/schedule_state.hpp>

namespace heddle::runtime {
namespace {

// A loop that polls the clock makes time pass in steps that double from the least to the greatest.
constexpr nanoseconds poll_tick_max_ns = nanoseconds{1} << 40;

struct enabled_threads {
  thread_id ids[max_threads + 1];
  std::uint32_t count = 0;
};

void collect_enabled(enabled_threads& enabled) {
  enabled.count = 0;
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    const thread& t = thread_at(i);
    if (t.state == thread::life::runnable && t.waits == thread::patience::none)
      enabled.ids[enabled.count++] = static_cast<thread_id>(i);
  }
}

nanoseconds earliest_deadline() {
  nanoseconds earliest = no_deadline;
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    const thread& t = thread_at(i);
    if (t.state == thread::life::blocked && t.deadline < earliest) earliest = t.deadline;
  }
  return earliest;
}

[[noreturn]] void report_deadlock() {
  controlled = false;
  schedule& s = *running_schedule;
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    const thread& t = thread_at(i);
    if (t.state != thread::life::blocked) continue;
    thread_id owner = no_thread;
    if (const sync_object* object = find_sync(reinterpret_cast<const void*>(t.pending.address)))
      if (t.pending.kind == action::lock || t.pending.kind == action::once) owner = object->owner;
    if (t.pending.kind == action::join) owner = static_cast<thread_id>(t.pending.address);
    s.outcome.blocked.push_back({t.id, owner, t.pending, t.deadline});
  }
  fail(ending::deadlock, "");
}

pending_operation pending_of[max_threads];  // what the chooser may look at, refreshed before each question

thread_id ask(const enabled_threads& enabled, bool current_enabled) {
  schedule& s = *running_schedule;
  ++s.outcome.choices;
  for (std::uint32_t i = 0; i < enabled.count; ++i)
    if (enabled.ids[i] != clock_thread) pending_of[enabled.ids[i]] = thread_at(enabled.ids[i]).pending;
  const bool before = controlled;
  controlled = false;
  const thread_id chosen = s.decide->choose_thread(
      {s.outcome.steps, current->id, current_enabled, {enabled.ids, enabled.count}, pending_of});
  controlled = before;
  return chosen;
}

}  // namespace

void tick() {
  schedule& s = *running_schedule;
  advance_to(std::min(s.time + s.poll_tick, earliest_deadline()));
  if (s.poll_tick < poll_tick_max_ns) s.poll_tick *= 2;
}

// Everybody who could run is waiting for a change that will not come by itself: let them look again, and if
// somebody polls the clock, let time pass.
bool end_all_patience() {
  bool any = false;
  bool clock_polled = false;
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    thread& t = thread_at(i);
    if (t.waits == thread::patience::none) continue;
    lose_patience(t);
    any = true;
    clock_polled |= t.pending.kind == action::clock_read;
  }
  if (clock_polled) tick();
  return any;
}

// Who takes the next step. Time passes as a side effect when nobody can run or when the clock is chosen.
thread& choose_next() {
  schedule& s = *running_schedule;
  enabled_threads enabled;
  for (;;) {
    collect_enabled(enabled);
    if (enabled.count == 0) {
      if (s.waiting_patiently > 0 && end_all_patience()) continue;
      if (s.with_deadline == 0) report_deadlock();
      advance_to(earliest_deadline());
      continue;
    }
    if (s.with_deadline > 0) enabled.ids[enabled.count++] = clock_thread;
    if (enabled.count == 1) return thread_at(enabled.ids[0]);
    const bool current_enabled =
        current->state == thread::life::runnable && current->waits == thread::patience::none;
    const thread_id chosen = ask(enabled, current_enabled);
    if (chosen != clock_thread) return thread_at(chosen);
    if (++s.outcome.steps > s.how.max_steps) fail(ending::step_budget, "");
    advance_to(earliest_deadline());
  }
}

}  // namespace heddle::runtime
