#include <algorithm>

#include <heddle/recorded/edn.hpp>
#include <heddle/recorded/transactions.hpp>

namespace heddle::recorded {

namespace {

isolation::status status_of(outcome end) {
  switch (end) {
    case outcome::ok:
      return isolation::status::committed;
    case outcome::fail:
      return isolation::status::aborted;
    default:
      return isolation::status::unknown;
  }
}

class converter {
 public:
  explicit converter(history& h) : history_(h) {}

  list_transactions run() {
    for (const entry& e : history_.entries()) entries_.push_back(e);
    result_.plain_elements = std::all_of(entries_.begin(), entries_.end(), [&](const entry& e) {
      const auto steps = steps_of(history_, e);
      return std::all_of(steps.begin(), steps.end(),
                         [](const value& s) { return has_integers(s.items()[2]); });
    });
    for (std::uint32_t i = 0; i < entries_.size(); ++i) add(i);
    return std::move(result_);
  }

 private:
  static bool has_integers(const value& content) {
    if (!content.is(value::kind::list))
      return content.is(value::kind::integer) || content.is(value::kind::null);
    const auto items = content.items();
    return std::all_of(items.begin(), items.end(), [](const value& v) { return v.is(value::kind::integer); });
  }

  std::int64_t element(const value& v) {
    return result_.plain_elements ? v.as_integer() : std::int64_t{history_.intern(v)};
  }

  isolation::key_id key(const value& v) {
    const value_id id = history_.intern(v);
    if (id >= key_of_.size()) key_of_.resize(id + 1, -1);
    if (key_of_[id] < 0) {
      key_of_[id] = static_cast<isolation::key_id>(result_.keys.size());
      result_.keys.push_back(v);
    }
    return key_of_[id];
  }

  void add(std::uint32_t index) {
    const entry& e = entries_[index];
    result_.entries.push_back(index);
    result_.history.begin(e.process, e.invoked, e.returned, status_of(e.end));
    for (const value& step : steps_of(history_, e)) {
      const value& content = step.items()[2];
      if (edn_key_name(step.items()[0]) == "append") {
        result_.history.append(key(step.items()[1]), element(content));
      } else if (e.end == outcome::ok) {
        list_.clear();
        if (content.is(value::kind::list)) {
          for (const value& v : content.items()) list_.push_back(element(v));
        }
        result_.history.read(key(step.items()[1]), list_);
      }
    }
  }

  history& history_;
  std::vector<entry> entries_;
  std::vector<isolation::key_id> key_of_;  ///< by value, -1 for none yet
  std::vector<std::int64_t> list_;
  list_transactions result_;
};

}  // namespace

std::vector<value> steps_of(const history& h, const entry& e) {
  const value& said = h.at(e.end == outcome::ok && e.result != null_value ? e.result : e.argument);
  if (!said.is(value::kind::list)) return {};
  return {said.items().begin(), said.items().end()};
}

list_transactions transactions_of(history& h) {
  return converter(h).run();
}

}  // namespace heddle::recorded
