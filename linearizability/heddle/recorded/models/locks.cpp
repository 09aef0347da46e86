// Locks. An acquisition that has no permit waits, hence its completion says that it got one; `false` says
// that it did not want to wait and got none.
#include <limits>

#include <heddle/recorded/models/models.hpp>

namespace heddle::recorded::models_by_kind {

namespace {

bool refused(const observed<bool>& answer) {
  return answer.known() && !answer.value();
}

struct lock {
  std::uint64_t holders = 0;  ///< 0 or 1 (g++ 12 warns wrongly of member functions of objects of one byte)

  bool acquire(const observed<bool>& got) {
    if (refused(got)) return holders == 1;
    return std::exchange(holders, 1) == 0;
  }
  bool release(const observed<void>&) { return std::exchange(holders, 0) == 1; }
  value shown() const { return value::symbol(holders == 1 ? "held" : "free"); }
  bool operator==(const lock&) const = default;
};

struct reentrant_lock {
  std::uint32_t owner = 0;  ///< 0 while nobody holds it
  std::uint32_t depth = 0;

  bool acquire(caller who, const observed<bool>& got) {
    const bool free = depth == 0 || owner == who.process;
    if (refused(got)) return !free;
    if (!free) return false;
    owner = who.process;
    ++depth;
    return true;
  }
  bool release(caller who, const observed<void>&) {
    if (depth == 0 || owner != who.process) return false;
    if (--depth == 0) owner = 0;
    return true;
  }
  value shown() const {
    return value::symbol(depth == 0 ? "free" : "held " + std::to_string(depth) + " times");
  }
  bool operator==(const reentrant_lock&) const = default;
};

/// How many permits; none said means one.
struct permits {
  std::int64_t count = 1;

  static permits decode(const value& v) {
    if (v.is(value::kind::null)) return {};
    if (!v.is(value::kind::integer) || v.as_integer() < 0 || v.as_integer() > most) {
      throw value_error("", "a number of permits", to_text(v));
    }
    return {v.as_integer()};
  }

  static constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
};

struct counting_semaphore {
  std::int64_t available = 1;

  bool acquire(const permits& wanted, const observed<bool>& got) {
    if (refused(got)) return available < wanted.count;
    if (available < wanted.count) return false;
    available -= wanted.count;
    return true;
  }
  bool release(const permits& back, const observed<void>&) {
    available += back.count;
    return true;
  }
  value shown() const { return value::symbol(std::to_string(available) + " available"); }
  bool operator==(const counting_semaphore&) const = default;
};

}  // namespace

model mutex() {
  return model_of<lock>("mutex", "a lock; anybody may release it")
      .operation<bool()>({"acquire", "", "false if it was held"}, &lock::acquire)
      .operation<void()>({"release", "", ""}, &lock::release)
      .finish();
}

model reentrant_mutex() {
  return model_of<reentrant_lock>("reentrant-mutex", "a lock that its owner, a process, may acquire again")
      .operation<bool()>({"acquire", "", "false if another held it"}, &reentrant_lock::acquire)
      .operation<void()>({"release", "", "", "by the owner, as often as it acquired"},
                         &reentrant_lock::release)
      .finish();
}

model semaphore() {
  return model_of<counting_semaphore>("semaphore", "permits; one, unless --initial says how many")
      .starts_from("the number of permits",
                   [](const value& v) { return counting_semaphore{permits::decode(v).count}; })
      .operation<bool(permits)>({"acquire", "how many (default 1)", "false if there were not enough"},
                                &counting_semaphore::acquire)
      .operation<void(permits)>({"release", "how many (default 1)", ""}, &counting_semaphore::release)
      .finish();
}

}  // namespace heddle::recorded::models_by_kind
