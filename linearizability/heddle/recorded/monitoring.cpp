#include <algorithm>
#include <unordered_map>

#include <heddle/recorded/monitoring.hpp>

namespace heddle::recorded {

namespace {

using monitors::method;
using monitors::object;

/// Sees at a glance that a register's history is ambiguous, as most are that have few values: a value was
/// read and written twice. (Unless another was read and never written, which the monitor can tell.)
class register_screen {
 public:
  register_screen(const model& m, std::size_t values, value_id initial) : uses_(values), initial_(initial) {
    for (const operation_text& o : m.operations) {
      const bool reads = o.name == "read" || o.name == "get";
      const bool writes = o.name == "write" || o.name == "put";
      roles_.push_back(reads ? role::reads : writes ? role::writes : role::other);
    }
  }

  /// Of one object.
  bool ambiguous(const history& h, std::span<const call> calls) {
    ++object_;
    use(initial_).writes = 1;
    for (const call& c : calls) {
      if (roles_[c.operation] == role::writes) ++use(c.argument).writes;
    }
    bool found = false;
    for (const call& c : calls) {
      if (roles_[c.operation] != role::reads || h.entries()[c.entry].end == outcome::info) continue;
      const std::uint32_t writes = use(c.result).writes;
      if (writes == 0) return false;
      found = found || writes > 1;
    }
    return found;
  }

 private:
  enum class role : std::uint8_t { reads, writes, other };

  struct value_use {
    std::uint32_t object = 0;
    std::uint32_t writes = 0;
  };

  value_use& use(value_id id) {
    value_use& u = uses_[id];
    if (u.object != object_) u = {object_, 0};
    return u;
  }

  std::vector<role> roles_;      ///< by operation
  std::vector<value_use> uses_;  ///< by value; what is of another object does not count
  std::uint32_t object_ = 0;
  value_id initial_;
};

/// Writes one object's calls in the monitor's terms. Values are numbered by their ids, except for counters,
/// which have numbers already, and priority queues, which need them in order.
class translation {
 public:
  translation(const model& m, history& h, std::span<const call> calls, const judge_options& options)
      : model_(m), history_(h), calls_(calls), options_(options) {}

  /// False if something is beyond the monitor, or not as the model says: the search will see to it.
  bool run() {
    if (*model_.monitor == object::set) count_adds();
    operations_.reserve(calls_.size());
    for (const call& c : calls_) {
      const entry& e = history_.entries()[c.entry];
      completed_ = e.end != outcome::info;
      operations_.push_back({.invoked = e.invoked, .returned = e.returned});
      if (!translate(c, model_.operations[c.operation].name, operations_.back())) return false;
    }
    if (*model_.monitor == object::priority_queue) rank_values();
    return true;
  }

  monitors::verdict judge() const {
    monitors::options how;
    how.initial = initial();
    if (*model_.monitor != object::counter)
      how.name_of = [this](std::int64_t n) { return to_text(named(n)); };
    return monitors::judge(*model_.monitor, operations_, how);
  }

 private:
  bool translate(const call& c, const std::string& name, monitors::operation& op) {
    switch (*model_.monitor) {
      case object::plain_register:
      case object::cas_register:
        return as_register(c, name, op);
      case object::set:
        return as_set(c, name, op);
      case object::counter:
        return as_counter(c, name, op);
      default:
        return as_collection(c, name, op);
    }
  }

  bool as_register(const call& c, const std::string& name, monitors::operation& op) {
    op.argument = c.argument;
    op.result = c.result;
    if (name == "cas") {
      const value argument = history_.at(c.argument);
      if (!argument.is(value::kind::list) || argument.items().size() != 2) return false;
      op.what = method::compare_and_set;
      op.expected = history_.intern(argument.items()[0]);
      op.argument = history_.intern(argument.items()[1]);
      op.success = !(history_.at(c.result) == value::boolean(false));
      return true;
    }
    if (name == "delete") op.argument = null_value;
    op.what = name == "read" || name == "get" ? method::read : method::write;
    // An empty text may stand for an absent key: two spellings of one value.
    if (model_.keyed &&
        (history_.at(c.argument) == value::text("") || history_.at(c.result) == value::text("")))
      return false;
    return name != "append";
  }

  bool as_set(const call& c, const std::string& name, monitors::operation& op) {
    op.argument = c.argument;
    const value& result = history_.at(c.result);
    const bool told = result.is(value::kind::boolean);
    op.success = !told || result.as_boolean();
    op.what = name == "add" ? method::add : name == "remove" ? method::remove : method::contains;
    if (c.argument == null_value || name == "read") return false;
    const bool surely_new = name == "add" && adds_[c.argument] == 1;
    return told || surely_new || name == "contains" || !completed_;
  }

  bool as_counter(const call& c, const std::string& name, monitors::operation& op) {
    constexpr std::int64_t most = std::int64_t{1} << 61;  // sums of two stay in range
    const auto small = [](const value& v) {
      return v.is(value::kind::integer) && v.as_integer() < most && v.as_integer() > -most;
    };
    const value& argument = history_.at(c.argument);
    const value& result = history_.at(c.result);
    op.what = name == "read" ? method::read : method::increase;
    if (name == "inc" || name == "dec") op.argument = name == "inc" ? 1 : -1;
    if (name == "add" || name == "add-and-get" || name == "get-and-add") {
      if (!small(argument)) return false;
      op.argument = argument.as_integer();
    }
    if (!completed_ || name == "inc" || name == "dec" || name == "add") return true;
    if (!small(result)) return false;
    op.result = result.as_integer() + (name == "get-and-add" ? op.argument : 0);
    if (name != "read") op.what = method::increase_and_read;
    return true;
  }

  bool as_collection(const call& c, const std::string& name, monitors::operation& op) {
    const bool takes = name == "dequeue" || name == "pop" || name == "delete-min";
    op.what = takes ? method::extract : method::insert;
    op.argument = c.argument;
    op.result = c.result;
    op.success = c.result != null_value;
    return takes || c.argument != null_value;
  }

  void count_adds() {
    for (const call& c : calls_) {
      if (model_.operations[c.operation].name == "add") ++adds_[c.argument];
    }
  }

  void rank_values() {
    for (const monitors::operation& op : operations_) {
      ranked_.push_back(static_cast<value_id>(op.what == method::insert ? op.argument : op.result));
    }
    std::sort(ranked_.begin(), ranked_.end());
    ranked_.erase(std::unique(ranked_.begin(), ranked_.end()), ranked_.end());
    std::sort(ranked_.begin(), ranked_.end(),
              [this](value_id a, value_id b) { return history_.at(a) < history_.at(b); });
    std::unordered_map<value_id, std::int64_t> ranks;
    for (std::size_t i = 0; i < ranked_.size(); ++i) ranks[ranked_[i]] = static_cast<std::int64_t>(i);
    for (monitors::operation& op : operations_) {
      std::int64_t& number = op.what == method::insert ? op.argument : op.result;
      number = ranks[static_cast<value_id>(number)];
    }
  }

  std::int64_t initial() const {
    if (!options_.initial) return 0;  // the null value's id, and where counters start
    return *model_.monitor == object::counter ? options_.initial->as_integer()
                                              : history_.intern(*options_.initial);
  }

  const value& named(std::int64_t number) const {
    const auto n = static_cast<value_id>(number);
    return history_.at(*model_.monitor == object::priority_queue ? ranked_[n] : n);
  }

  const model& model_;
  history& history_;
  std::span<const call> calls_;
  const judge_options& options_;
  bool completed_ = false;  ///< of the call at hand
  std::unordered_map<value_id, std::size_t> adds_;
  std::vector<value_id> ranked_;  ///< values by rank
  std::vector<monitors::operation> operations_;
};

}  // namespace

monitoring judge_by_monitor(const model& m, history& h, std::vector<call> calls,
                            const judge_options& options) {
  monitoring found;
  const auto by_object = [](const call& a, const call& b) { return a.object < b.object; };
  if (!std::is_sorted(calls.begin(), calls.end(), by_object))
    std::stable_sort(calls.begin(), calls.end(), by_object);
  const bool of_register = *m.monitor == object::plain_register || *m.monitor == object::cas_register;
  const value_id initial = of_register && options.initial ? h.intern(*options.initial) : null_value;
  register_screen screen(m, of_register ? h.value_count() : 0, initial);
  for (auto first = calls.begin(); first != calls.end();) {
    const auto last =
        std::find_if(first, calls.end(), [&](const call& c) { return c.object != first->object; });
    const std::span<const call> one(first, last);
    translation t(m, h, one, options);
    monitors::verdict v;
    v.result = monitors::outcome::not_applicable;
    if (!(of_register && screen.ambiguous(h, one)) && t.run()) v = t.judge();
    if (v.result == monitors::outcome::not_applicable)
      found.undecided.insert(found.undecided.end(), first, last);
    if (v.result == monitors::outcome::violation) {
      found.violation.emplace();
      found.violation->sentence = v.why;
      for (const std::uint32_t i : v.operations) found.violation->operations.push_back(one[i].entry);
      return found;
    }
    first = last;
  }
  return found;
}

}  // namespace heddle::recorded
