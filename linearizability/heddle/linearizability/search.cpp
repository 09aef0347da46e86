#include <algorithm>
#include <tuple>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/search.hpp>

namespace heddle::linearizability {

namespace {

std::uint64_t zobrist(std::uint32_t i) {
  return heddle::detail::mix(i + 0x9e3779b97f4a7c15U);
}

bool stays(state_id state, std::span<const state_id> successors) {
  return successors.size() == 1 && successors[0] == state;
}

}  // namespace

void search::linked_order::append(local i) {
  const local last = links_.back().before;
  links_[i] = {last, end()};
  links_[last].behind = i;
  links_.back().before = i;
}

void search::linked_order::remove(local i) {
  links_[links_[i].before].behind = links_[i].behind;
  links_[links_[i].behind].before = links_[i].before;
}

void search::linked_order::restore(local i) {
  links_[links_[i].before].behind = i;
  links_[links_[i].behind].before = i;
}

outcome search::run(std::span<const action> history, std::span<const std::uint32_t> members, const cut& until,
                    transition_system& model, step_budget& budget) {
  model_ = &model;
  budget_ = &budget;
  gave_up_ = false;
  most_placed_ = 0;
  load(history, members, until);
  load_interchangeable(model);
  for (;;) {
    load_lists();
    const outcome found = explore();
    if (found != outcome::violation || !presumed_wrongly()) return gave_up_ ? outcome::unknown : found;
  }
}

void search::append_order(std::vector<placement>& order) const {
  for (const placement& p : trail_) order.push_back({items_[p.action].original, p.after});
}

void search::load(std::span<const action> history, std::span<const std::uint32_t> members, const cut& until) {
  items_.clear();
  blocked_.clear();
  optional_count_ = 0;
  any_after_ = false;
  sorted_.assign(members.begin(), members.end());
  const auto by_invocation = [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(history[a].invoked, a) < std::tie(history[b].invoked, b);
  };
  if (!std::is_sorted(sorted_.begin(), sorted_.end(), by_invocation)) {
    std::sort(sorted_.begin(), sorted_.end(), by_invocation);
  }
  if (local_of_.size() < history.size()) local_of_.resize(history.size());
  for (const std::uint32_t original : sorted_) load_item(history, original, until);
  resolve_after(history);
}

void search::load_item(std::span<const action> history, std::uint32_t original, const cut& until) {
  const action& a = history[original];
  local_of_[original] = never;
  if (a.invoked > until.position) return;
  if (a.owed == obligation::blocked) {
    if (blocked_.size() < until.blocked_count) blocked_.push_back({a.symbol, original, never});
    return;
  }
  const bool responded = std::tie(a.returned, original) <= std::tie(until.position, until.index);
  const bool required = a.owed == obligation::required && responded;
  local_of_[original] = static_cast<local>(items_.size());
  items_.push_back({.symbol = a.symbol,
                    .invoked = a.invoked,
                    .returned = required ? a.returned : never,
                    .original = original,
                    .after = a.after,
                    .symbol_index = 0,
                    .ordinal = required ? 0 : optional_count_++,
                    .required = required,
                    .awaited = false,
                    .placed = false});
}

void search::resolve_after(std::span<const action> history) {
  for (local i = 0; i < items_.size(); ++i) {
    item& a = items_[i];
    if (a.after == never) continue;
    any_after_ = true;
    const local earlier = local_of_[a.after];
    a.after = earlier == never ? i : earlier;
    if (earlier != never) items_[earlier].awaited = true;
  }
  std::size_t kept = 0;
  for (blocked_item b : blocked_) {
    const std::uint32_t earlier = history[b.original].after;
    if (earlier != never) {
      b.after = local_of_[earlier];
      if (b.after == never) continue;  // can never be enabled
      items_[b.after].awaited = true;
    }
    blocked_[kept++] = b;
  }
  blocked_.resize(kept);
}

void search::load_interchangeable(transition_system& model) {
  sorted_.resize(items_.size());
  for (local i = 0; i < sorted_.size(); ++i) sorted_[i] = i;
  std::sort(sorted_.begin(), sorted_.end(), [this](local i, local j) {
    const item& a = items_[i];
    const item& b = items_[j];
    return std::tuple(a.symbol, a.after, a.awaited, a.returned, !a.required, i) <
           std::tuple(b.symbol, b.after, b.awaited, b.returned, !b.required, j);
  });
  presumptions_.clear();
  for (const local i : sorted_) {
    item& a = items_[i];
    if (presumptions_.empty() || presumptions_.back().symbol != a.symbol) {
      presumptions_.push_back({a.symbol, model.effect_of(a.symbol), false});
    }
    a.symbol_index = static_cast<std::uint32_t>(presumptions_.size() - 1);
  }
}

void search::load_lists() {
  for (linked_order* list : {&due_, &invoked_, &optional_, &interchangeable_}) list->reset(items_.size());
  for (const local i : sorted_) interchangeable_.append(i);
  for (local i = 0; i < items_.size(); ++i) {
    items_[i].placed = false;
    (items_[i].required ? invoked_ : optional_).append(i);
  }
  std::vector<local>& by_response = scratch_;
  by_response.clear();
  for (local i = 0; i < items_.size(); ++i) {
    if (items_[i].required) by_response.push_back(i);
  }
  std::sort(by_response.begin(), by_response.end(), [this](local i, local j) {
    return std::tie(items_[i].returned, i) < std::tie(items_[j].returned, j);
  });
  for (const local i : by_response) due_.append(i);
  trail_.clear();
  frames_.clear();
  keys_.clear();
  memo_.clear();
  placed_hash_ = 0;
  placed_optional_.assign((optional_count_ + 63) / 64, 0);
  indispensable_.assign(2 * placed_optional_.size(), 0);
  for (const item& a : items_) {
    if (!a.required && a.awaited) indispensable_[a.ordinal / 32] |= std::uint32_t{1} << (a.ordinal % 32);
  }
}

std::span<const state_id> search::ask(state_id state, symbol_id symbol) {
  gave_up_ = !budget_->take();
  if (gave_up_) return {};
  return model_->next(state, symbol);
}

void search::learn(const item& a, state_id state, std::span<const state_id> successors) {
  presumption& p = presumptions_[a.symbol_index];
  if (p.known == effect::unknown && !successors.empty() && !stays(state, successors))
    p.known = effect::changes;
}

void search::place(local i, state_id state) {
  item& a = items_[i];
  a.placed = true;
  if (!dispensable(a)) placed_hash_ ^= zobrist(i);
  interchangeable_.remove(i);
  if (a.required) {
    due_.remove(i);
    invoked_.remove(i);
  } else {
    optional_.remove(i);
    placed_optional_[a.ordinal / 64] ^= std::uint64_t{1} << (a.ordinal % 64);
  }
  trail_.push_back({i, state});
}

void search::undo(std::uint32_t trail) {
  while (trail_.size() > trail) {
    const local i = trail_.back().action;
    item& a = items_[i];
    trail_.pop_back();
    a.placed = false;
    if (!dispensable(a)) placed_hash_ ^= zobrist(i);
    interchangeable_.restore(i);
    if (a.required) {
      invoked_.restore(i);
      due_.restore(i);
    } else {
      optional_.restore(i);
      placed_optional_[a.ordinal / 64] ^= std::uint64_t{1} << (a.ordinal % 64);
    }
  }
}

outcome search::explore() {
  if (enter(model_->initial(), 0, never)) return outcome::linearizable;
  while (!frames_.empty() && !gave_up_) {
    state_id state = 0;
    frame& node = frames_.back();
    if (!next_branch(node, state)) {
      undo(node.trail);
      frames_.pop_back();
      continue;
    }
    const item& a = items_[node.candidate];
    const state_id without = a.required || a.awaited ? never : node.state;
    const auto trail = static_cast<std::uint32_t>(trail_.size());
    place(node.candidate, state);
    if (enter(state, trail, without)) return outcome::linearizable;
  }
  return outcome::violation;
}

/// Comes to a state with new actions placed. True if that completes the order; else a new node is on the
/// stack, or what was placed since `trail` is taken back because the node was visited before. `without` is
/// the state before the optional action that was just placed, if it was one.
bool search::enter(state_id state, std::uint32_t trail, state_id without) {
  const std::size_t placed = trail_.size();
  place_observers(state);
  most_placed_ = std::max<std::uint64_t>(most_placed_, trail_.size());
  if (complete(state)) return true;
  if (remember(state)) {
    if (trail_.size() != placed) without = never;  // an observer needed it
    frames_.push_back({state, without, trail, {}, {}, 0, due_.end(), due_.end(), phase::first_due});
  } else {
    undo(trail);
  }
  return false;
}

void search::place_observers(state_id state) {
  bool again = true;
  while (again && !gave_up_) {
    again = false;
    local next = invoked_.front();
    while (next != invoked_.end() && items_[next].invoked <= bound()) {
      const local i = next;
      next = invoked_.behind(i);
      const item& a = items_[i];
      presumption& p = presumptions_[a.symbol_index];
      if (p.known == effect::changes || !ready(a)) continue;
      const auto successors = ask(state, a.symbol);
      learn(a, state, successors);
      if (!stays(state, successors)) continue;
      p.relied_on = p.relied_on || p.known != effect::observes;
      place(i, state);
      again = any_after_;
    }
  }
}

bool search::complete(state_id state) {
  if (due_.front() != due_.end()) return false;
  for (const blocked_item& b : blocked_) {
    const bool asked_for = b.after == never || items_[b.after].placed;
    if (asked_for && (!ask(state, b.symbol).empty() || gave_up_)) return false;
  }
  return true;
}

/// False if the node was remembered before, or one that differs only in fewer dispensable actions placed.
bool search::remember(state_id state) {
  const auto entry = static_cast<std::uint32_t>(keys_.size());
  const std::size_t bits_begin = 2;
  const std::size_t bits_end = bits_begin + 2 * placed_optional_.size();
  keys_.push_back(0);
  keys_.push_back(state);
  for (const std::uint64_t bits : placed_optional_) {
    keys_.push_back(static_cast<std::uint32_t>(bits));
    keys_.push_back(static_cast<std::uint32_t>(bits >> 32));
  }
  const std::uint32_t last = bound();
  for (local i = invoked_.front(); i != invoked_.end() && items_[i].invoked <= last; i = invoked_.behind(i)) {
    keys_.push_back(i);
  }
  const auto length = static_cast<std::uint32_t>(keys_.size()) - entry;
  keys_[entry] = length;

  const std::uint64_t hash = placed_hash_ ^ heddle::detail::mix(state);
  const auto same = [&](std::uint32_t other) {
    const std::uint32_t* here = keys_.data() + entry;
    const std::uint32_t* there = keys_.data() + other;
    if (!std::equal(here, here + bits_begin, there)) return false;
    if (!std::equal(here + bits_end, here + length, there + bits_end)) return false;
    for (std::size_t k = bits_begin; k < bits_end; ++k) {
      if ((there[k] & ~here[k]) != 0 || ((there[k] ^ here[k]) & indispensable_[k - bits_begin]) != 0)
        return false;
    }
    return true;
  };
  if (memo_.find(hash, same) != probe_table::absent) {
    keys_.resize(entry);
    return false;
  }
  memo_.insert(hash, entry);
  return true;
}

/// Moves to the node's next branch: an action, left in `node.candidate`, and the state that it leads to.
bool search::next_branch(frame& node, state_id& state) {
  for (;;) {
    while (node.tried < node.successors.size()) {
      state = node.successors[node.tried++];
      const item& a = items_[node.candidate];
      const bool moves = a.required || a.awaited || state != node.state;
      if (moves && std::find(node.shortcuts.begin(), node.shortcuts.end(), state) == node.shortcuts.end())
        return true;
    }
    if (!next_candidate(node)) return false;
    const item& a = items_[node.candidate];
    node.successors = ask(node.state, a.symbol);
    node.shortcuts = {};
    if (!node.successors.empty() && node.without != never) node.shortcuts = ask(node.without, a.symbol);
    node.tried = 0;
    if (gave_up_) return false;
    learn(a, node.state, node.successors);
  }
}

bool search::next_candidate(frame& node) {
  const std::uint32_t last = bound();
  const local first = due_.front();
  const auto advance = [&](const linked_order& list) {
    node.cursor = list.behind(node.cursor);
    return node.cursor != list.end() && items_[node.cursor].invoked <= last;
  };
  if (node.at == phase::first_due) {
    node.at = phase::required;
    node.candidate = first;
    if (first != due_.end() && may_branch(first)) return true;
  }
  if (node.at == phase::required) {
    while (advance(invoked_)) {
      node.candidate = node.cursor;
      if (node.cursor != first && may_branch(node.cursor)) return true;
    }
    node.at = phase::optional;
    node.cursor = optional_.end();
  }
  if (node.at == phase::optional) {
    while (advance(optional_)) {
      node.candidate = node.cursor;
      if (may_branch(node.cursor)) return true;
    }
    node.at = phase::done;
  }
  return false;
}

bool search::may_branch(local i) const {
  const item& a = items_[i];
  if (!ready(a)) return false;
  const bool early_or_pointless = a.required || !a.awaited;
  if (presumptions_[a.symbol_index].known == effect::observes && early_or_pointless) return false;
  const local twin = interchangeable_.before(i);
  if (twin == interchangeable_.end() || a.awaited) return true;
  const item& other = items_[twin];
  const bool interchangeable = other.symbol == a.symbol && other.after == a.after && !other.awaited;
  return !interchangeable || other.invoked > bound();
}

/// After a search without result: was an action placed early that does change a state the search met?
bool search::presumed_wrongly() {
  const auto refuted = [](const presumption& p) { return p.relied_on && p.known == effect::changes; };
  bool wrong = std::any_of(presumptions_.begin(), presumptions_.end(), refuted);
  if (!wrong) {
    std::vector<state_id>& met = scratch_;
    met.clear();
    for (std::size_t entry = 0; entry < keys_.size(); entry += keys_[entry]) met.push_back(keys_[entry + 1]);
    std::sort(met.begin(), met.end());
    met.erase(std::unique(met.begin(), met.end()), met.end());
    for (presumption& p : presumptions_) {
      for (const state_id state : met) {
        if (!p.relied_on || p.known != effect::unknown || gave_up_) break;
        const auto successors = ask(state, p.symbol);
        if (!successors.empty() && !stays(state, successors)) p.known = effect::changes;
      }
      wrong = wrong || refuted(p);
    }
  }
  for (presumption& p : presumptions_) p.relied_on = false;
  return wrong && !gave_up_;
}

}  // namespace heddle::linearizability
