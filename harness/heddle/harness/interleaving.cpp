#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <heddle/harness/interleaving.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle::harness {
namespace {

using runtime::action;
using runtime::event;
using runtime::thread_id;

constexpr std::size_t subject_bytes_max =
    1 << 16;  // addresses further from the implementation are not its members
constexpr std::size_t lines_per_call_max = 14;  // of a call's operations; the middle is left out
constexpr std::size_t lines_per_endless_call_max = 8;

bool is_write(const event& e) {
  switch (e.operation.kind) {
    case action::store:
    case action::read_modify_write:
    case action::write:
    case action::lock:
    case action::unlock:
    case action::wait:
    case action::notify:
    case action::semaphore_acquire:
    case action::semaphore_release:
    case action::barrier:
    case action::once:
      return true;
    case action::compare_exchange:
    case action::try_lock:
      return e.succeeded;
    default:
      return false;
  }
}

bool touches_location(const event& e) {
  return e.operation.address != 0 && e.operation.kind != action::join;
}

// --- Which events matter

bool is_plain(const event& e) {
  return e.operation.kind == action::read || e.operation.kind == action::write;
}

class selection {
 public:
  selection(const program_run& run, const location_names& names, symbols& debug_info)
      : run_(run), names_(names), symbols_(debug_info) {
    for (const runtime::data_race& race : run.outcome.races) racing_.insert(race.address);
    for (const event& e : run.outcome.trace) {
      if (!concurrent(e)) continue;
      clock_moves_ |= e.operation.kind == action::clock_advance;
      if (!touches_location(e)) continue;
      auto& users = users_[e.operation.address];
      users.threads.insert(e.thread);
      users.written |= is_write(e);
    }
    for (const runtime::blocked_thread& b : run.outcome.blocked) {
      auto& users = users_[b.operation.address];
      users.threads.insert(b.thread);
      users.written = true;
    }
  }

  /// Events of calls made before the processes start, or after they end, are not part of the picture.
  bool concurrent(const event& e) const {
    if (e.thread == runtime::clock_thread) return true;
    return e.marker != 0 && run_.history.calls[e.marker - 1].process != main_process;
  }

  bool shows(const event& e) {
    if (!concurrent(e)) return false;
    if (e.operation.kind == action::clock_read) return clock_moves_;
    if (e.operation.kind == action::clock_advance) return true;
    if (!touches_location(e)) return false;
    const auto& users = users_.at(e.operation.address);
    if (users.threads.size() < 2 || !users.written) return false;
    return !is_plain(e) || racing_.contains(e.operation.address) || is_the_components_own(e);
  }

 private:
  // What a container does to its innards says less than the line that uses it.
  bool is_the_components_own(const event& e) {
    const auto [found, is_new] = own_.try_emplace(e.operation.pc, false);
    if (is_new) found->second = !in_standard_library(symbols_.frames(e.operation.pc).front());
    return found->second && !names_.member_or_variable(e.operation.address).empty();
  }

  struct location_users {
    std::set<thread_id> threads;
    bool written = false;
  };

  const program_run& run_;
  const location_names& names_;
  symbols& symbols_;
  std::map<std::uintptr_t, location_users> users_;
  std::set<std::uintptr_t> racing_;
  std::map<const void*, bool>
      own_;  // by pc: the access stands in the component, not in a library's inlined code
  bool clock_moves_ = false;
};

// --- Words

std::string nanoseconds_text(std::uint64_t ns) {
  return to_text(to_value(std::chrono::nanoseconds(ns)));
}

class wording {
 public:
  wording(location_names& names) : names_(names) {}

  std::string operator()(const event& e) {
    const auto& o = e.operation;
    const std::string name = o.address == 0 ? "" : names_(o.address);
    switch (o.kind) {
      case action::load:
        return fmt::format("load  {} → {}", name, number(e.before, o.size));
      case action::read:
        return fmt::format("read  {}{}", name, !e.succeeded ? "" : " → " + number(e.after, o.size));
      case action::store:
        return fmt::format("store {} ← {}", name, number(e.after, o.size));
      case action::write:
        return fmt::format("write {}{}", name, !e.succeeded ? "" : " ← " + number(e.after, o.size));
      case action::read_modify_write:
        return fmt::format("change {} {} → {}", name, number(e.before, o.size), number(e.after, o.size));
      case action::compare_exchange:
        if (!e.succeeded) return fmt::format("cas   {} fails: it is {}", name, number(e.before, o.size));
        return fmt::format("cas   {} {} → {}", name, number(e.before, o.size), number(e.after, o.size));
      case action::lock:
        return fmt::format("lock  {}{}", name, e.succeeded ? "" : " times out");
      case action::try_lock:
        return fmt::format("try_lock {}{}", name, e.succeeded ? "" : ": busy");
      case action::unlock:
        return fmt::format("unlock {}", name);
      case action::wait:
        return fmt::format("wait  {}{}", name, e.succeeded ? "" : " times out");
      case action::notify:
        return fmt::format("notify {}", name);
      case action::semaphore_acquire:
        return fmt::format("acquire {}", name);
      case action::semaphore_release:
        return fmt::format("release {}", name);
      case action::barrier:
        return fmt::format("arrive at {}", name);
      case action::once:
        return fmt::format("once  {}", name);
      case action::clock_read:
        return fmt::format("now → {}", nanoseconds_text(e.after));
      case action::clock_advance:
        return fmt::format("+{}", nanoseconds_text(e.after));
      default:
        return std::string(name);
    }
  }

 private:
  // Signed, as most counters are. A pointer gets a name instead of an address, which differs from run to run;
  // what its unused upper bits hold is a tag.
  std::string number(std::uint64_t bits, std::uint8_t size) {
    switch (size) {
      case 1:
        return std::to_string(static_cast<std::int8_t>(bits));
      case 2:
        return std::to_string(static_cast<std::int16_t>(bits));
      case 4:
        return std::to_string(static_cast<std::int32_t>(bits));
      default:
        break;
    }
    constexpr int pointer_bits = 48;
    const std::uint64_t tag = bits >> pointer_bits;
    const std::uint64_t address = bits & ((std::uint64_t{1} << pointer_bits) - 1);
    if (tag != 0 && address == 0) return fmt::format("null tagged {}", tag);
    if (!is_address(address)) return std::to_string(static_cast<std::int64_t>(bits));
    const auto [found, is_new] = pointers_.try_emplace(address, pointers_.size() + 1);
    return tag == 0 ? fmt::format("&{}", found->second) : fmt::format("&{} tagged {}", found->second, tag);
  }

  // Where Linux puts executables, their heaps, and mappings: x86-64 at 0x55…, 0x56… and 0x7e…, 0x7f…, AArch64
  // at 0xaaaa… and 0xffff…. Numbers of that size are rare.
  static bool is_address(std::uint64_t bits) {
    const std::uint64_t top = bits >> 40;
    return top == 0x55 || top == 0x56 || top == 0x7e || top == 0x7f || top == 0xaa || top == 0xff;
  }

  location_names& names_;
  std::map<std::uint64_t, std::size_t> pointers_;
};

std::string place_text(const source_line& where) {
  return where.file.empty() ? where.function : fmt::format("{}:{}", short_path(where.file), where.line);
}

// --- Diagnosis

// Recognises the classical shapes of a race in the order of events.
class diagnostician {
 public:
  diagnostician(const program_run& run, selection& shown, location_names& names, symbols& debug_info)
      : names_(names), symbols_(debug_info) {
    for (const event& e : run.outcome.trace)
      if (shown.shows(e) && touches_location(e)) events_.push_back(&e);
  }

  std::vector<std::string> run() {
    for (std::size_t i = 0; i < events_.size(); ++i)
      if (events_[i]->operation.kind == action::load)
        if (auto found = stale_read(i)) return {std::move(*found)};
    for (std::size_t i = 0; i < events_.size(); ++i)
      if (auto found = gap_between_locks(i)) return {std::move(*found)};
    for (std::size_t i = 0; i < events_.size(); ++i)
      if (events_[i]->operation.kind == action::read)
        if (auto found = stale_read(i)) return {std::move(*found)};
    return {};
  }

 private:
  std::string place(const event& e) { return place_text(symbols_.locate(e.operation.pc)); }

  // A reads x; B writes x; A, in the same call, writes x (lost update) or acts on what it read
  // (check-then-act).
  std::optional<std::string> stale_read(std::size_t i) {
    const event& read = *events_[i];
    const event* foreign = nullptr;
    for (std::size_t k = i + 1; k < events_.size(); ++k) {
      const event& e = *events_[k];
      if (e.thread == read.thread) {
        if (e.marker != read.marker) return std::nullopt;
        if (foreign == nullptr && e.operation.address == read.operation.address && is_write(e))
          return std::nullopt;
        if (foreign != nullptr && acts(e)) return describe_stale(read, *foreign, e);
      } else if (e.operation.address == read.operation.address && is_write(e) && e.marker != read.marker) {
        foreign = &e;
      }
    }
    return std::nullopt;
  }

  // Taking and giving back a lock says nothing of what was read.
  static bool acts(const event& e) {
    return is_write(e) && e.operation.kind != action::lock && e.operation.kind != action::try_lock &&
           e.operation.kind != action::unlock;
  }

  std::string describe_stale(const event& read, const event& foreign, const event& act) {
    const std::string name = names_(read.operation.address);
    if (act.operation.kind == action::compare_exchange && act.operation.address == read.operation.address)
      return fmt::format(
          "this is an ABA race: {} was changed at {} after it was read at {}, and the compare-exchange at {} "
          "could not "
          "tell",
          name, place(foreign), place(read), place(act));
    const std::string other = names_(act.operation.address);
    const std::string effect = act.operation.address == read.operation.address ? "writes it"
                               : act.operation.kind == action::wait
                                   ? fmt::format("goes to wait on {}", other)
                                   : fmt::format("acts on it (writes {})", other);
    return fmt::format("this is a check-then-act race: what was read of {} at {} is stale when {} {}", name,
                       place(read), place(act), effect);
  }

  // A locks and unlocks m; B locks m; A, in the same call, locks m again: what it learnt in between is stale.
  std::optional<std::string> gap_between_locks(std::size_t i) {
    const event& unlock = *events_[i];
    if (unlock.operation.kind != action::unlock) return std::nullopt;
    const event* foreign = nullptr;
    for (std::size_t k = i + 1; k < events_.size(); ++k) {
      const event& e = *events_[k];
      if (e.operation.address != unlock.operation.address || e.operation.kind != action::lock) continue;
      if (e.thread != unlock.thread) {
        foreign = &e;
      } else if (foreign != nullptr && e.marker == unlock.marker) {
        return fmt::format(
            "this is an atomicity violation: {} is released at {} and taken again at {}; in between "
            "another call had it",
            names_(unlock.operation.address), place(unlock), place(e));
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  location_names& names_;
  symbols& symbols_;
  std::vector<const event*> events_;
};

// --- Drawing

class drawing {
 public:
  drawing(const contract_definition& contract, const program_run& run)
      : contract_(contract),
        run_(run),
        symbols_(symbols::of_this_process()),
        names_(contract, run, symbols_),
        words_(names_),
        shown_(run, names_, symbols_) {}

  interleaving draw() {
    for (const event& e : run_.outcome.trace) {
      if (e.operation.kind == action::mark)
        draw_mark(e);
      else if (shown_.shows(e))
        draw_operation(e);
    }
    draw_unfinished();
    shorten_calls();
    result_.diagnosis = diagnostician(run_, shown_, names_, symbols_).run();
    return std::move(result_);
  }

 private:
  static std::uint32_t call_of(std::uint64_t marker) {
    return marker == 0 ? not_returned : static_cast<std::uint32_t>(marker - 1);
  }

  void draw_operation(const event& e) {
    std::string where = e.operation.pc != nullptr ? place_text(symbols_.locate(e.operation.pc)) : "";
    // What `x += 1` reads says nothing that the write does not, and not all compilers instrument it.
    if (e.operation.kind == action::write && last_ != nullptr && last_->operation.kind == action::read &&
        last_->thread == e.thread && last_->operation.address == e.operation.address &&
        result_.lines.back().where == where)
      result_.lines.pop_back();
    add_line(e.thread, words_(e), std::move(where), call_of(e.marker));
    last_ = &e;
  }

  void draw_mark(const event& e) {
    last_ = nullptr;
    if (e.after != 0) {
      const recorded_call& c = run_.history.calls[call_of(e.after)];
      if (c.process != main_process)
        add_line(e.thread, describe_call(contract_, c.operation, c.with), "", call_of(e.after));
    } else if (e.before != 0) {
      const recorded_call& c = run_.history.calls[call_of(e.before)];
      if (c.process == main_process) return;
      add_line(e.thread, "→ " + to_text(contract_.operation_of(c).describe_result(c.seen)), "",
               call_of(e.before));
      result_.lines.back().response = true;
    }
  }

  void draw_unfinished() {
    for (const event& e : run_.outcome.trace) {
      if (e.operation.kind != action::mark || e.after == 0) continue;
      const recorded_call& c = run_.history.calls[call_of(e.after)];
      if (c.process == main_process || c.returned != not_returned) continue;
      if (const auto* waits = blocked(e.thread); waits != nullptr && waits->operation.kind != action::wait)
        add_line(e.thread, "waits for " + names_(waits->operation.address),
                 place_text(symbols_.locate(waits->operation.pc)), call_of(e.after));
      add_line(e.thread, end_of(c, e.thread), "", call_of(e.after));
      result_.lines.back().response = true;
    }
  }

  // How a call ended that did not return.
  std::string_view end_of(const recorded_call& c, thread_id thread) const {
    using runtime::ending;
    if (c.crashed) return "✗ its process is killed";
    const ending how = run_.outcome.how;
    if (how == ending::completed || how == ending::deadlock) return "… never returns";
    if (how == ending::step_budget || thread != run_.outcome.culprit) return "… is cut off";
    return how == ending::uncaught_exception ? "✗ throws" : "✗ crashes";
  }

  const runtime::blocked_thread* blocked(thread_id thread) const {
    for (const auto& b : run_.outcome.blocked)
      if (b.thread == thread && b.operation.address != 0) return &b;
    return nullptr;
  }

  void add_line(thread_id thread, std::string_view text, std::string where, std::uint32_t call) {
    const auto [found, is_new] = column_of_.try_emplace(thread, result_.columns.size());
    if (is_new)
      result_.columns.push_back(thread == runtime::clock_thread ? "clock"
                                                                : fmt::format("thread {}", ++threads_));
    result_.lines.push_back({found->second, std::string(text), std::move(where), call, false});
  }

  // Keeps the first and last operations of a call that has very many.
  void shorten_calls() {
    std::map<std::uint32_t, std::vector<std::size_t>> lines_of;
    for (std::size_t i = 0; i < result_.lines.size(); ++i)
      if (!result_.lines[i].where.empty() && result_.lines[i].call != not_returned)
        lines_of[result_.lines[i].call].push_back(i);
    std::set<std::size_t> dropped;
    const bool endless = run_.outcome.how == runtime::ending::step_budget;
    const std::size_t most = endless ? lines_per_endless_call_max : lines_per_call_max;
    for (const auto& [call, lines] : lines_of) {
      if (lines.size() <= most) continue;
      const std::size_t half = most / 2;
      const std::size_t first = lines[half];
      result_.lines[first].text = fmt::format("… {} more operations", lines.size() - 2 * half);
      result_.lines[first].where.clear();
      dropped.insert(lines.begin() + static_cast<std::ptrdiff_t>(half + 1),
                     lines.end() - static_cast<std::ptrdiff_t>(half));
    }
    std::vector<interleaving_line> kept;
    for (std::size_t i = 0; i < result_.lines.size(); ++i)
      if (dropped.count(i) == 0) kept.push_back(std::move(result_.lines[i]));
    result_.lines = std::move(kept);
  }

  const contract_definition& contract_;
  const program_run& run_;
  symbols& symbols_;
  location_names names_;
  wording words_;
  selection shown_;
  interleaving result_;
  const event* last_ = nullptr;  // whose line is the last
  std::map<thread_id, std::size_t> column_of_;
  std::size_t threads_ = 0;
};

}  // namespace

std::string location_names::operator()(std::uintptr_t address) {
  for (const auto& [known, name] : known_)
    if (known == address) return name;
  std::string name = member_or_variable(address);
  if (name.empty()) name = fmt::format("object #{}", ++anonymous_);
  return known_.emplace_back(address, std::move(name)).second;
}

std::string location_names::member_or_variable(std::uintptr_t address) const {
  if (address >= run_.subject_address && address - run_.subject_address < subject_bytes_max) {
    std::string member = symbols_.member_at(*contract_.subject_type, address - run_.subject_address);
    if (!member.empty()) return member;
  }
  return symbols_.variable_at(reinterpret_cast<const void*>(address));
}

interleaving describe_interleaving(const contract_definition& contract, const program_run& run) {
  return drawing(contract, run).draw();
}

}  // namespace heddle::harness
