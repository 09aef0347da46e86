// The monitored types, one operation at a time, for the general search and for making histories.
#pragma once

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include <heddle/linearizability/model_space.hpp>
#include <heddle/monitors/monitors.hpp>

namespace heddle::test {

using monitors::method;
using monitors::object;
using monitors::operation;

/// The register's or counter's value, the set's and priority queue's ascending, the queue's from its front,
/// the stack's from its bottom.
using content = std::vector<std::int64_t>;

inline content initial_content(object what) {
  const bool one_value =
      what == object::plain_register || what == object::cas_register || what == object::counter;
  return one_value ? content{0} : content{};
}

inline void insert(object what, std::int64_t value, content& c) {
  const bool sorted = what == object::set || what == object::priority_queue;
  c.insert(sorted ? std::upper_bound(c.begin(), c.end(), value) : c.end(), value);
}

/// Carries the operation out and fills in what it sees.
inline void perform(object what, operation& o, content& c) {
  const auto member = std::find(c.begin(), c.end(), o.argument);
  switch (o.what) {
    case method::read:
      o.result = c[0];
      break;
    case method::write:
      c[0] = o.argument;
      break;
    case method::compare_and_set:
      o.success = c[0] == o.expected;
      if (o.success) c[0] = o.argument;
      break;
    case method::add:
      o.success = member == c.end();
      if (o.success) insert(what, o.argument, c);
      break;
    case method::remove:
      o.success = member != c.end();
      if (o.success) c.erase(member);
      break;
    case method::contains:
      o.success = member != c.end();
      break;
    case method::increase:
      c[0] += o.argument;
      break;
    case method::increase_and_read:
      o.result = c[0] += o.argument;
      break;
    case method::insert:
      insert(what, o.argument, c);
      break;
    case method::extract:
      o.success = !c.empty();
      if (c.empty()) break;
      const auto at = what == object::stack ? c.end() - 1 : c.begin();
      o.result = *at;
      c.erase(at);
      break;
  }
}

/// The type as the general search wants it. Equal operations share a symbol.
class specification {
 public:
  explicit specification(object what) : what_(what), space_(initial_content(what)) {}

  linearizability::transition_system& model() { return space_; }

  std::vector<linearizability::action> actions(const std::vector<operation>& history) {
    std::vector<linearizability::action> all;
    for (const operation& o : history) {
      linearizability::action a{.symbol = symbol(o), .invoked = o.invoked, .returned = o.returned};
      if (o.open()) a.owed = linearizability::obligation::optional;
      all.push_back(a);
    }
    return all;
  }

 private:
  linearizability::symbol_id symbol(const operation& o) {
    const auto seen = o.open() ? std::tuple(false, std::int64_t{0}) : std::tuple(o.success, o.result);
    const auto key = std::tuple(o.what, o.open(), seen, o.argument, o.expected);
    const auto [at, fresh] = symbols_.try_emplace(key, 0);
    if (fresh) {
      at->second = space_.add_symbol([what = what_, o](const content& from, std::vector<content>& next) {
        operation done = o;
        content after = from;
        perform(what, done, after);
        if (o.open() || (done.success == o.success && done.result == o.result))
          next.push_back(std::move(after));
      });
    }
    return at->second;
  }

  using seen_key = std::tuple<bool, std::int64_t>;
  object what_;
  linearizability::model_space<content> space_;
  std::map<std::tuple<method, bool, seen_key, std::int64_t, std::int64_t>, linearizability::symbol_id>
      symbols_;
};

}  // namespace heddle::test
