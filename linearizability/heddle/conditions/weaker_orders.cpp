#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <heddle/conditions/weaker_orders.hpp>
#include <heddle/linearizability/model_space.hpp>

namespace heddle::conditions {

namespace lin = linearizability;

namespace {

/// Several independent objects of one model, as one: a state is the states of all.
class product_model final : public lin::memoised_transitions {
 public:
  product_model(lin::transition_system& model, std::uint32_t objects) : model_(model) {
    intern(std::vector<lin::state_id>(objects, model.initial()));
  }

  lin::symbol_id add_symbol(std::uint32_t object, lin::symbol_id symbol) {
    steps_.push_back({object, symbol});
    const lin::effect known = model_.effect_of(symbol);  // of one object, of which there may be more
    return add(known == lin::effect::observes ? known : lin::effect::unknown);
  }

  lin::state_id initial() override { return 0; }
  lin::state_id state_of(lin::state_id all, std::uint32_t object) const { return states_[all][object]; }

 private:
  struct step {
    std::uint32_t object;
    lin::symbol_id symbol;
  };

  void compute(lin::state_id from, lin::symbol_id symbol, std::vector<lin::state_id>& successors) override {
    const auto [object, own] = steps_[symbol];
    for (const lin::state_id next : model_.next(states_[from][object], own)) {
      std::vector<lin::state_id> after = states_[from];
      after[object] = next;
      successors.push_back(intern(std::move(after)));
    }
  }

  lin::state_id intern(std::vector<lin::state_id> state) {
    const std::uint64_t hash = hash_of(state);
    const std::uint32_t known = index_.find(hash, [&](lin::state_id id) { return states_[id] == state; });
    if (known != lin::probe_table::absent) return known;
    const auto id = static_cast<lin::state_id>(states_.size());
    states_.push_back(std::move(state));
    index_.insert(hash, id);
    return id;
  }

  lin::transition_system& model_;
  std::vector<step> steps_;
  std::deque<std::vector<lin::state_id>> states_;
  lin::probe_table index_;
};

/// From moments to the numbers of the periods between quiescent moments.
class periods {
 public:
  /// Of one object, or of all together.
  periods(std::uint32_t partition, std::span<const lin::action> history,
          std::span<const lin::action> also_open) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> open;
    for (const auto& actions : {history, also_open}) {
      for (const lin::action& a : actions) {
        const bool concerned = a.partition == partition || a.partition == lin::every_partition ||
                               partition == lin::every_partition;
        if (concerned) open.emplace_back(a.invoked, a.returned);
      }
    }
    std::sort(open.begin(), open.end());
    std::uint32_t busy_until = 0;
    for (const auto& [invoked, returned] : open) {
      if (starts_.empty() || busy_until < invoked) starts_.push_back(invoked);
      busy_until = std::max(busy_until, returned);
    }
  }

  std::uint32_t of(std::uint32_t moment) const {
    return static_cast<std::uint32_t>(std::upper_bound(starts_.begin(), starts_.end(), moment) -
                                      starts_.begin());
  }

 private:
  std::vector<std::uint32_t> starts_;
};

}  // namespace

std::vector<lin::action> in_process_order(std::span<const lin::action> history,
                                          std::span<const std::uint32_t> processes) {
  if (processes.size() != history.size())
    throw std::invalid_argument("there are " + std::to_string(processes.size()) + " processes given for " +
                                std::to_string(history.size()) + " actions");
  std::vector<std::uint32_t> by_time(history.size());
  for (std::uint32_t i = 0; i < by_time.size(); ++i) by_time[i] = i;
  std::stable_sort(by_time.begin(), by_time.end(),
                   [&](auto a, auto b) { return history[a].invoked < history[b].invoked; });
  std::vector<lin::action> result(history.begin(), history.end());
  std::map<std::uint32_t, std::uint32_t> last;
  for (const std::uint32_t i : by_time) {
    lin::action& a = result[i];
    const auto before = last.find(processes[i]);
    if (a.after == lin::never && before != last.end()) a.after = before->second;
    if (a.owed == lin::obligation::required) last[processes[i]] = i;
    a.invoked = 0;
    if (a.returned != lin::never) ++a.returned;
    a.partition = 0;
  }
  return result;
}

std::vector<lin::action> in_quiescent_order(std::span<const lin::action> history,
                                            std::span<const lin::action> also_open) {
  const bool shared = std::any_of(history.begin(), history.end(),
                                  [](const auto& a) { return a.partition == lin::every_partition; });
  std::map<std::uint32_t, periods> of_object;
  std::vector<lin::action> result(history.begin(), history.end());
  for (lin::action& a : result) {
    const std::uint32_t object = shared ? lin::every_partition : a.partition;
    auto at = of_object.find(object);
    if (at == of_object.end()) at = of_object.emplace(object, periods(object, history, also_open)).first;
    const std::uint32_t period = at->second.of(a.invoked);
    a.invoked = 2 * period;
    if (a.returned != lin::never) a.returned = 2 * period + 1;
  }
  return result;
}

lin::verdict check_sequential(std::span<const lin::action> history, std::span<const std::uint32_t> processes,
                              lin::transition_system& model, const lin::check_options& options) {
  std::map<std::uint32_t, std::uint32_t> objects;
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    if (history[i].partition == lin::every_partition)
      throw std::invalid_argument("action " + std::to_string(i) + " concerns every partition");
    objects.try_emplace(history[i].partition, static_cast<std::uint32_t>(objects.size()));
  }
  product_model product(model, static_cast<std::uint32_t>(objects.size()));
  std::vector<lin::action> ordered = in_process_order(history, processes);
  std::map<std::pair<std::uint32_t, lin::symbol_id>, lin::symbol_id> symbols;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    const std::pair step(objects.at(history[i].partition), history[i].symbol);
    const auto [at, fresh] = symbols.try_emplace(step, 0);
    if (fresh) at->second = product.add_symbol(step.first, step.second);
    ordered[i].symbol = at->second;
  }
  lin::verdict v = lin::check(ordered, product, options);
  for (lin::placement& p : v.order)
    p.after = product.state_of(p.after, objects.at(history[p.action].partition));
  return v;
}

lin::verdict check_quiescent(std::span<const lin::action> history, lin::transition_system& model,
                             const lin::check_options& options) {
  return lin::check(in_quiescent_order(history), model, options);
}

}  // namespace heddle::conditions
