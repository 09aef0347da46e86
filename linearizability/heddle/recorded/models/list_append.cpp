// Transactions over lists that are appended to and read. The model is one object whose operations are whole
// transactions: its linearizability is strict serializability (Herlihy & Wing 1990, section 4).
#include <map>

#include <heddle/recorded/edn.hpp>
#include <heddle/recorded/models/models.hpp>
#include <heddle/recorded/transactions.hpp>

namespace heddle::recorded::models_by_kind {

namespace {

/// [[append 1 2] [r 1 [2]]]
void read_list_steps(const value& v, const std::function<void(const micro_operation&)>& visit) {
  constexpr const char* expected = "a list of reads [r key list] and appends [append key value]";
  if (!v.is(value::kind::list)) throw value_error("", expected, to_text(v));
  for (const value& step : v.items()) {
    const bool three = step.is(value::kind::list) && step.items().size() == 3;
    const std::string what = three ? edn_key_name(step.items()[0]) : "";
    const bool list =
        three && (step.items()[2].is(value::kind::list) || step.items()[2].is(value::kind::null));
    if (what != "append" && !(what == "r" && list)) throw value_error("", expected, to_text(v));
    visit({what == "append", step.items()[1], step.items()[2]});
  }
}

struct list_transaction {
  struct one {
    bool appends = false;
    value key;
    value content;  ///< of a read: the list, none if empty or not known
  };
  std::vector<one> all;

  static list_transaction decode(const value& v) {
    list_transaction txn;
    read_list_steps(v, [&](const micro_operation& o) { txn.all.push_back({o.writes, o.key, o.content}); });
    return txn;
  }

  /// The same calls, leaving aside what reads saw.
  friend bool same_calls(const list_transaction& a, const list_transaction& b) {
    return std::equal(a.all.begin(), a.all.end(), b.all.begin(), b.all.end(), [](const one& x, const one& y) {
      return x.appends == y.appends && x.key == y.key && (!x.appends || x.content == y.content);
    });
  }
};

struct lists {
  std::map<value, std::vector<value>> now;

  bool txn(const list_transaction& asked, const observed<list_transaction>& seen) {
    if (seen.known() && !same_calls(asked, seen.value())) return false;
    const list_transaction& done = seen.known() ? seen.value() : asked;
    for (const auto& step : done.all) {
      if (step.appends) {
        now[step.key].push_back(step.content);
      } else if (seen.known() && !holds(step.key, step.content)) {
        return false;
      }
    }
    return true;
  }

  value shown() const { return to_value(now); }
  bool operator==(const lists&) const = default;

 private:
  bool holds(const value& key, const value& list) const {
    const std::span<const value> seen = list.is(value::kind::null) ? std::span<const value>() : list.items();
    const auto at = now.find(key);
    if (at == now.end()) return seen.empty();
    return std::equal(seen.begin(), seen.end(), at->second.begin(), at->second.end());
  }
};

}  // namespace

model list_append() {
  return model_of<lists>("list-append", "transactions that append to lists and read them")
      .operation<list_transaction(list_transaction)>(
          {"txn", "[[append k v] [r k nil]]", "[[append k v] [r k [v]]]", "all of it at one moment"},
          &lists::txn)
      .judged_as_transactions({"txn", transaction_data::lists, read_list_steps})
      .finish();
}

}  // namespace heddle::recorded::models_by_kind
