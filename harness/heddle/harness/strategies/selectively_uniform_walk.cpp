#include <algorithm>

#include <heddle/harness/strategies/dependence.hpp>
#include <heddle/harness/strategies/random_walk.hpp>
#include <heddle/harness/strategies/selectively_uniform_walk.hpp>

namespace heddle::harness {
namespace {

using runtime::thread_id;

constexpr std::uint64_t profiles = 2;
constexpr std::uint32_t patience =
    500;  // choices without an interesting operation, or that fall on one thread

bool gets_nowhere(const runtime::pending_operation& next) {
  return next.repeated || next.kind == runtime::action::yield;
}

}  // namespace

void selectively_uniform_walk::begin(std::uint64_t seed) {
  random_ = random_stream(seed);
  objects_now_.clear();
  left_.fill(0);
  next_ = last_ = runtime::no_thread;
  choices_since_draw_ = run_length_ = 0;
  for (place& p : places_) {
    p.now.fill(0);
    p.interesting = false;
  }
  if (subjects_.empty()) return;
  for (const place_id id : subjects_[random_.below(static_cast<std::uint32_t>(subjects_.size()))]) {
    place& p = places_[id];
    p.interesting = true;
    for (std::size_t t = 0; t < left_.size(); ++t) left_[t] += p.most[t];
  }
}

void selectively_uniform_walk::end(const runtime::result&) {
  ++schedules_;
  for (place& p : places_)
    for (std::size_t t = 0; t < p.now.size(); ++t) p.most[t] = std::max(p.most[t], p.now[t]);
  for (object& o : objects_now_) {
    const bool shared = (o.threads & (o.threads - 1)) != 0;
    if (!shared || !o.changes || std::find(subjects_.begin(), subjects_.end(), o.places) != subjects_.end())
      continue;
    subjects_.push_back(std::move(o.places));
  }
}

selectively_uniform_walk::place_id selectively_uniform_walk::place_of(
    const runtime::pending_operation& what) {
  const auto known = std::find_if(places_.begin(), places_.end(),
                                  [&](const place& p) { return p.pc == what.pc && p.kind == what.kind; });
  if (known == places_.end()) {
    places_.push_back({what.kind, what.pc});
    return static_cast<place_id>(places_.size() - 1);
  }
  return static_cast<place_id>(known - places_.begin());
}

void selectively_uniform_walk::executes(thread_id thread, const runtime::pending_operation& what) {
  if (!has_object(what.kind)) return;
  const place_id id = place_of(what);
  place& p = places_[id];
  ++p.now[thread];
  if (p.interesting) {
    if (left_[thread] > 0) --left_[thread];
    next_ = runtime::no_thread;
  }
  auto o = std::find_if(objects_now_.begin(), objects_now_.end(),
                        [&](const object& known) { return known.address == what.address; });
  if (o == objects_now_.end()) o = objects_now_.insert(o, {what.address, {}, 0, false});
  o->threads |= std::uint64_t{1} << thread;
  o->changes |= !only_reads(what.kind);
  const auto at = std::lower_bound(o->places.begin(), o->places.end(), id);
  if (at == o->places.end() || *at != id) o->places.insert(at, id);
}

// Threads one after the other, so that each of them but the last is asked about at each of its steps: what is
// left when all others have ended is no choice.
thread_id selectively_uniform_walk::choose_in_profile(const runtime::choice_point& point) {
  const auto threads =
      point.enabled.first(point.enabled.size() - (point.enabled.back() == runtime::clock_thread ? 1 : 0));
  if (run_length_ > patience) return random_thread(point, random_);
  if (point.current_enabled && !gets_nowhere(point.pending[point.current])) return point.current;
  return schedules_ % 2 == 0 ? threads.front() : threads.back();
}

bool selectively_uniform_walk::is_interesting(const runtime::pending_operation& what) {
  return has_object(what.kind) && places_[place_of(what)].interesting;
}

// Who executes the next interesting operation. `waiting_only`: one of those that have come to it.
void selectively_uniform_walk::draw_next(const runtime::choice_point& point, bool waiting_only) {
  std::uint32_t total = 0;
  for (const thread_id t : point.enabled) {
    if (t == runtime::clock_thread) continue;
    const bool waits = is_interesting(point.pending[t]);
    if (waits) left_[t] = std::max(left_[t], 1u);
    if (waits || !waiting_only) total += left_[t];
  }
  std::uint32_t draw = random_.below(total);
  for (const thread_id t : point.enabled) {
    if (t == runtime::clock_thread || (waiting_only && !is_interesting(point.pending[t]))) continue;
    if (draw < left_[t]) {
      next_ = t;
      break;
    }
    draw -= left_[t];
  }
  choices_since_draw_ = 0;
}

thread_id selectively_uniform_walk::choose_in_walk(const runtime::choice_point& point) {
  std::array<thread_id, runtime::max_threads + 1> free;
  std::size_t count = 0;
  std::uint32_t waiting = 0;
  const auto collect_free = [&] {
    count = waiting = 0;
    for (const thread_id t : point.enabled) {
      const bool waits = t != runtime::clock_thread && is_interesting(point.pending[t]);
      waiting += waits;
      if (!waits || t == next_) free[count++] = t;
    }
  };
  if (next_ != runtime::no_thread && ++choices_since_draw_ > patience) {
    left_[next_] = 0;
    next_ = runtime::no_thread;
  }
  collect_free();
  if (waiting > 0 && next_ == runtime::no_thread) {
    draw_next(point, false);
    collect_free();
  }
  if (count == 0 || free[0] == runtime::clock_thread) {
    draw_next(point, true);
    collect_free();
  }
  runtime::choice_point among = point;
  among.enabled = {free.data(), count};
  return random_thread(among, random_);
}

thread_id selectively_uniform_walk::choose_thread(const runtime::choice_point& point) {
  const thread_id chosen = schedules_ < profiles ? choose_in_profile(point) : choose_in_walk(point);
  run_length_ = chosen == last_ ? run_length_ + 1 : 0;
  last_ = chosen;
  if (chosen != runtime::clock_thread) executes(chosen, point.pending[chosen]);
  return chosen;
}

}  // namespace heddle::harness
