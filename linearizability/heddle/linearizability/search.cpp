#include <algorithm>
#include <limits>
#include <tuple>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/search.hpp>

namespace heddle::linearizability {

namespace {

/// Where in a variant of a node.
constexpr std::size_t covered = 1;

std::uint64_t zobrist(std::uint32_t i) {
  return heddle::detail::mix(i + 0x9e3779b97f4a7c15U);
}

/// Sorts by `what`, then by number.
std::uint64_t key_of(std::uint32_t what, std::uint32_t number) {
  return std::uint64_t{what} << 32 | number;
}

std::uint32_t number_in(std::uint64_t key) {
  return static_cast<std::uint32_t>(key);
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
  const auto could_be_unlimited = [](const item& a) { return dispensable(a) && a.overwrites; };
  const bool relaxable = std::any_of(items_.begin(), items_.end(), could_be_unlimited);
  relaxed_ = nullptr;
  memo_max_ = relaxable ? memo_before_relaxing_ : std::numeric_limits<std::size_t>::max();
  const outcome found = attempt();
  return found == outcome::unknown && !gave_up_ ? attempt_relaxed() : found;
}

/// One search, repeated if it presumed wrongly. `unknown` if the memo is full.
outcome search::attempt() {
  for (;;) {
    load_lists();
    const outcome found = explore();
    if (gave_up_) return outcome::unknown;
    if (found != outcome::violation || !presumed_wrongly()) return gave_up_ ? outcome::unknown : found;
  }
}

/// By turns, and each time with more room: with as many uses as one likes, which tells a violation early; and
/// with few uses, which finds an order early.
outcome search::attempt_relaxed() {
  relaxation plentiful{std::vector<bool>(presumptions_.size(), false), never};
  relaxation scarce{plentiful.counted, 1};
  for (;;) {
    for (relaxation* how : {&plentiful, &scarce}) {
      const outcome found = attempt(*how);
      if (gave_up_ || found != outcome::unknown) return found;
    }
    memo_max_ = 4 * memo_max_ + 1'000;
  }
}

outcome search::attempt(relaxation& how) {
  relaxed_ = &how;
  for (;;) {
    const outcome found = attempt();
    if (gave_up_ || found == outcome::unknown) return outcome::unknown;
    if (found == outcome::linearizable && supply()) return found;
    if (found == outcome::violation) {
      if (how.uses_max >= optional_count_) return found;
      how.uses_max *= 2;
    }
  }
}

void search::append_order(std::vector<placement>& order) const {
  std::size_t overwriting = order.size();  // the last one
  for (const placement& p : trail_) {
    const item& a = items_[p.action];
    if (p.after != never) {
      if (a.overwrites) overwriting = order.size();
      order.push_back({a.original, p.after});
    } else {
      const state_id after = model_->next(model_->initial(), a.symbol).front();
      order.insert(order.begin() + static_cast<std::ptrdiff_t>(overwriting++), {a.original, after});
    }
  }
}

void search::load(std::span<const action> history, std::span<const std::uint32_t> members, const cut& until) {
  items_.clear();
  blocked_.clear();
  ways_.clear();
  optional_count_ = 0;
  any_after_ = false;
  reserve(members.size());
  keys_.clear();
  for (const std::uint32_t original : members) keys_.push_back(key_of(history[original].invoked, original));
  std::sort(keys_.begin(), keys_.end());
  if (local_of_.size() < history.size()) local_of_.resize(history.size());
  for (const std::uint64_t key : keys_) load_item(history, number_in(key), until);
  resolve_after(history);
  load_responses();
}

/// Small searches should not spend their time on growing memory.
void search::reserve(std::size_t actions) {
  constexpr std::size_t most = 1'000;
  actions = std::min(actions, most);
  items_.reserve(actions);
  keys_.reserve(actions);
  trail_.reserve(actions);
  frames_.reserve(actions);
  met_.reserve(actions);
  nodes_.reserve(8 * actions);
  variants_.reserve(4 * actions);
}

/// Required actions by response, then the optional ones.
void search::load_responses() {
  keys_.clear();
  for (local i = 0; i < items_.size(); ++i) {
    if (items_[i].required) keys_.push_back(key_of(items_[i].returned, i));
  }
  std::sort(keys_.begin(), keys_.end());
  by_response_.clear();
  for (const std::uint64_t key : keys_) by_response_.push_back(number_in(key));
  for (local i = 0; i < items_.size(); ++i) {
    if (!items_[i].required) by_response_.push_back(i);
  }
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
                    .overwrites = false,
                    .watches = false,
                    .disturbs = false,
                    .placed = false,
                    .unlimited = false});
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
  keys_.clear();
  for (std::uint32_t place = 0; place < by_response_.size(); ++place)
    keys_.push_back(key_of(items_[by_response_[place]].symbol, place));
  std::sort(keys_.begin(), keys_.end());
  sorted_.clear();
  for (const std::uint64_t key : keys_) sorted_.push_back(by_response_[number_in(key)]);
  if (any_after_) {
    std::stable_sort(sorted_.begin(), sorted_.end(), [this](local i, local j) {
      const item& a = items_[i];
      const item& b = items_[j];
      return std::tie(a.symbol, a.after, a.awaited) < std::tie(b.symbol, b.after, b.awaited);
    });
  }
  presumptions_.clear();
  any_grows_ = false;
  for (const local i : sorted_) {
    item& a = items_[i];
    if (presumptions_.empty() || presumptions_.back().symbol != a.symbol) {
      presumptions_.push_back({a.symbol, model.effect_of(a.symbol), false});
    }
    a.symbol_index = static_cast<std::uint32_t>(presumptions_.size() - 1);
    const effect known = presumptions_.back().known;
    any_grows_ = any_grows_ || known == effect::grows;
    a.overwrites = known == effect::overwrites;
    a.watches = a.required && known == effect::observes;
    a.disturbs = known != effect::observes && known != effect::grows;
  }
}

void search::load_lists() {
  for (linked_order* list : {&due_, &invoked_, &optional_, &interchangeable_, &watching_, &disturbing_})
    list->reset(items_.size());
  for (const local i : sorted_) interchangeable_.append(i);
  for (local i = 0; i < items_.size(); ++i) {
    item& a = items_[i];
    a.placed = false;
    a.unlimited = false;
    if (a.disturbs) disturbing_.append(i);
    if (a.required) {
      invoked_.append(i);
    } else if (relaxed_ && dispensable(a) && a.overwrites && !relaxed_->counted[a.symbol_index]) {
      stand_in(i);
    } else {
      optional_.append(i);
    }
  }
  for (const local i : by_response_) {
    if (items_[i].required) due_.append(i);
    if (items_[i].watches) watching_.append(i);
  }
  trail_.clear();
  frames_.clear();
  nodes_.clear();
  variants_.clear();
  met_.clear();
  memo_.clear();
  placed_hash_ = 0;
  uses_ = 0;
  placed_optional_.assign((optional_count_ + 63) / 64, 0);
  indispensable_.assign(2 * placed_optional_.size(), 0);
  for (const item& a : items_) {
    if (!a.required && a.awaited) indispensable_[a.ordinal / 32] |= std::uint32_t{1} << (a.ordinal % 32);
  }
}

/// Of its like only the first is taken up, for all of them.
void search::stand_in(local i) {
  const item& a = items_[i];
  for (local j = optional_.front(); j != optional_.end(); j = optional_.behind(j)) {
    if (items_[j].unlimited && items_[j].symbol == a.symbol && items_[j].after == a.after) return;
  }
  items_[i].unlimited = true;
  optional_.append(i);
}

/// Puts actions in the places of those that stand for them. If there are too few of a symbol, false: it will
/// be counted.
bool search::supply() {
  const std::vector<placement> found = trail_;
  undo(0);
  std::vector<std::uint32_t> lacking(presumptions_.size(), 0);
  for (const placement& p : found) {
    if (!items_[p.action].unlimited) {
      place(p.action, p.after);
      continue;
    }
    const item& a = items_[p.action];
    local i = p.action;
    while (i < items_.size() && (items_[i].required || items_[i].symbol != a.symbol ||
                                 items_[i].after != a.after || items_[i].awaited || items_[i].placed))
      ++i;
    if (i == items_.size() || items_[i].invoked > bound()) {
      ++lacking[a.symbol_index];
      continue;
    }
    items_[i].placed = true;
    trail_.push_back({i, p.after});
  }
  const auto most = std::max_element(lacking.begin(), lacking.end());
  if (most == lacking.end() || *most == 0) {
    most_placed_ = std::max<std::uint64_t>(most_placed_, trail_.size());
    return true;
  }
  relaxed_->counted[static_cast<std::size_t>(most - lacking.begin())] = true;
  return false;
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
  trail_.push_back({i, state});
  if (dispensable(a) && a.overwrites) ++uses_;
  if (a.unlimited) return;
  a.placed = true;
  if (!dispensable(a)) placed_hash_ ^= zobrist(i);
  interchangeable_.remove(i);
  if (a.watches) watching_.remove(i);
  if (a.disturbs) disturbing_.remove(i);
  if (a.required) {
    due_.remove(i);
    invoked_.remove(i);
  } else {
    optional_.remove(i);
    placed_optional_[a.ordinal / 64] ^= std::uint64_t{1} << (a.ordinal % 64);
  }
}

void search::undo(std::uint32_t trail) {
  while (trail_.size() > trail) {
    const local i = trail_.back().action;
    item& a = items_[i];
    trail_.pop_back();
    if (dispensable(a) && a.overwrites) --uses_;
    if (a.unlimited) continue;
    a.placed = false;
    if (!dispensable(a)) placed_hash_ ^= zobrist(i);
    if (a.disturbs) disturbing_.restore(i);
    if (a.watches) watching_.restore(i);
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
  if (enter(model_->initial(), {})) return outcome::linearizable;
  while (!frames_.empty() && !gave_up_) {
    if (nodes_.size() + variants_.size() > memo_max_) return outcome::unknown;
    state_id state = 0;
    frame& node = frames_.back();
    if (!next_branch(node, state)) {
      undo(node.trail);
      frames_.pop_back();
      continue;
    }
    const item& a = items_[node.candidate];
    entrance by{.trail = static_cast<std::uint32_t>(trail_.size()), .cover = node.cover};
    if (node.at == phase::hidden) {
      by.cut_from = node.cut_from;
      place(node.candidate, never);
    } else {
      by.dispensable = dispensable(a);
      if (a.overwrites) cover(node, by);
      if (by.dispensable && !a.overwrites) by.without = node.state;
      place(node.candidate, state);
    }
    if (enter(state, by)) return outcome::linearizable;
  }
  return outcome::violation;
}

/// Of an overwriting action that is about to be placed at the node.
void search::cover(const frame& node, entrance& by) const {
  by.cover = bound() == never ? never : bound() + 1;
  const item& a = items_[node.candidate];
  if (!coverable(a) && !dispensable(a)) return;
  if (node.cut_from == never) {
    by.cut_from = 0;
  } else {
    by.cut_from = by.cover == node.cover ? node.cut_from : node.cover;
  }
}

/// Comes to a state with new actions placed. True if that completes the order; else a new node is on the
/// stack, or what was placed is taken back because the node was visited before or leads nowhere.
bool search::enter(state_id state, const entrance& by) {
  const std::size_t placed = trail_.size();
  place_observers(state);
  if (!relaxed_) most_placed_ = std::max<std::uint64_t>(most_placed_, trail_.size());
  if (complete(state)) return true;
  const bool seen = trail_.size() != placed;  // an observer needed what was just placed
  const bool useless = by.cut_from != never && by.dispensable && !seen && !leads_on(by.cover);
  if (!useless && !is_dead_end(state, never) && remember(state, by.cover)) {
    frames_.push_back({.state = state,
                       .without = seen ? never : by.without,
                       .trail = by.trail,
                       .successors = {},
                       .shortcuts = {},
                       .tried = 0,
                       .candidate = due_.end(),
                       .cursor = due_.end(),
                       .at = phase::none,
                       .cover = by.cover,
                       .cut_from = seen ? never : by.cut_from});
  } else {
    undo(by.trail);
  }
  return false;
}

/// Is there an observer that has to come soon and will not fit, whatever does until then? If `growing` is a
/// symbol, it takes effect first.
bool search::is_dead_end(state_id state, symbol_id growing) {
  const std::uint32_t last = bound();
  for (local i = invoked_.front(); i != invoked_.end() && items_[i].invoked <= last; i = invoked_.behind(i)) {
    const item& a = items_[i];
    if (presumptions_[a.symbol_index].known != effect::observes) continue;
    if (!model_->may_become_enabled(state, growing, a.symbol) && !may_make_way(state, a)) return true;
  }
  return false;
}

/// May an action that neither observes nor grows come before the observer, so that this fits thereafter?
bool search::may_make_way(state_id state, const item& observer) {
  for (local i = disturbing_.front(); i != disturbing_.end() && items_[i].invoked <= observer.returned;
       i = disturbing_.behind(i)) {
    const item& a = items_[i];
    const effect known = presumptions_[a.symbol_index].known;
    if (known != effect::overwrites || makes_way(state, a.symbol, observer.symbol)) return true;
  }
  return false;
}

/// Asked once per pair: it does not depend on the state.
bool search::makes_way(state_id state, symbol_id overwriting, symbol_id observer) {
  const std::uint64_t hash = heddle::detail::mix(key_of(overwriting, observer));
  const auto same = [](std::uint32_t) { return true; };  // mix is a bijection
  const std::uint32_t known = ways_.find(hash, same);
  if (known != probe_table::absent) return known != 0;
  const auto successors = ask(state, overwriting);
  const bool may = gave_up_ || model_->may_become_enabled(successors.front(), never, observer);
  ways_.insert(hash, may ? 1 : 0);
  return may;
}

/// After an optional action that overwrites and that no observer saw: may another action see it?
bool search::leads_on(std::uint32_t cover) const {
  if (first_due_is_covered(cover)) return true;
  const std::uint32_t last = bound();
  for (const linked_order* list : {&invoked_, &optional_}) {
    for (local i = list->front(); i != list->end() && items_[i].invoked <= last; i = list->behind(i)) {
      const item& a = items_[i];
      const bool observes = presumptions_[a.symbol_index].known == effect::observes;
      if (ready(a) && !(a.overwrites && a.after == never) && !observes) return true;
    }
  }
  return false;
}

bool search::first_due_is_covered(std::uint32_t cover) const {
  const local first = due_.front();
  return first != due_.end() && coverable(items_[first]) && items_[first].invoked < cover;
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
      if ((p.known != effect::unknown && p.known != effect::observes) || !ready(a)) continue;
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

/// False if the node was remembered before, or one that is no worse.
bool search::remember(state_id state, std::uint32_t cover) {
  const auto key = static_cast<std::uint32_t>(nodes_.size());
  const bool forgotten = !matters(state, cover);
  nodes_.insert(nodes_.end(), {0, never, forgotten ? never : state});
  variant_.assign({never, 0, relaxed_ && relaxed_->uses_max != never ? uses_ : 0});
  const std::uint32_t last = bound();
  for (local i = invoked_.front(); i != invoked_.end() && items_[i].invoked <= last; i = invoked_.behind(i)) {
    nodes_.push_back(i);
    if (!forgotten && items_[i].invoked < cover && coverable(items_[i])) ++variant_[covered];
  }
  for (const std::uint64_t bits : placed_optional_) {
    variant_.push_back(static_cast<std::uint32_t>(bits));
    variant_.push_back(static_cast<std::uint32_t>(bits >> 32));
  }
  const auto length = static_cast<std::uint32_t>(nodes_.size()) - key;
  nodes_[key] = length;

  const std::uint64_t hash = placed_hash_ ^ heddle::detail::mix(nodes_[key + 2]);
  const auto same = [&](std::uint32_t other) {
    const std::uint32_t* here = nodes_.data() + key;
    const std::uint32_t* there = nodes_.data() + other;
    return *here == *there && std::equal(here + 2, here + length, there + 2);
  };
  std::uint32_t known = memo_.find(hash, same);
  if (known == probe_table::absent) {
    memo_.insert(hash, key);
    known = key;
  } else {
    nodes_.resize(key);
    if (is_worse(nodes_[known + 1])) return false;
  }
  variant_[0] = nodes_[known + 1];
  nodes_[known + 1] = static_cast<std::uint32_t>(variants_.size());
  variants_.insert(variants_.end(), variant_.begin(), variant_.end());
  met_.push_back(state);
  return true;
}

/// Is variant_ no better than one in the list that begins with `first`?
bool search::is_worse(std::uint32_t first) const {
  for (std::uint32_t v = first; v != never; v = variants_[v]) {
    const std::uint32_t* there = variants_.data() + v;
    if (there[covered] < variant_[covered] || there[2] > variant_[2]) continue;
    bool fewer = true;
    for (std::size_t k = 3; k < variant_.size() && fewer; ++k) {
      fewer = (there[k] & ~variant_[k]) == 0 && ((there[k] ^ variant_[k]) & indispensable_[k - 3]) == 0;
    }
    if (fewer) return true;
  }
  return false;
}

/// Can the next action be another than one that overwrites? (If not, the state does not matter. The observers
/// that see it are placed.)
bool search::matters(state_id state, std::uint32_t cover) {
  if (!relaxed_ || first_due_is_covered(cover)) return true;
  const std::uint32_t last = bound();
  for (const linked_order* list : {&invoked_, &optional_}) {
    for (local i = list->front(); i != list->end() && items_[i].invoked <= last; i = list->behind(i)) {
      const item& a = items_[i];
      const bool observes = presumptions_[a.symbol_index].known == effect::observes;
      if (ready(a) && !a.overwrites && !observes && (!ask(state, a.symbol).empty() || gave_up_)) return true;
    }
  }
  return false;
}

/// Moves to the node's next branch: an action, left in `node.candidate`, and the state that it leads to.
bool search::next_branch(frame& node, state_id& state) {
  for (;;) {
    while (node.tried < node.successors.size()) {
      state = node.successors[node.tried++];
      const item& a = items_[node.candidate];
      const bool moves = !dispensable(a) || state != node.state || (a.overwrites && may_cover_more(node));
      if (moves && std::find(node.shortcuts.begin(), node.shortcuts.end(), state) == node.shortcuts.end())
        return true;
    }
    if (!next_candidate(node)) return false;
    if (node.at == phase::hidden) {
      state = node.state;
      return true;
    }
    const item& a = items_[node.candidate];
    if (presumptions_[a.symbol_index].known == effect::grows && is_dead_end(node.state, a.symbol)) continue;
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
  if (node.at == phase::none) {
    node.at = phase::foreseen;
    node.cursor = invoked_.end();
  }
  if (node.at == phase::foreseen) {
    while (any_grows_ && advance(invoked_)) {
      node.candidate = node.cursor;
      if (is_foreseen(node.state, items_[node.cursor]) && may_branch(node, node.cursor)) return true;
    }
    node.at = phase::first_due;
    node.candidate = first;
    if (first != due_.end() && may_branch(node, first) && !is_foreseen(node.state, items_[first]))
      return true;
  }
  if (node.at == phase::first_due) {
    node.at = phase::hidden;
    node.candidate = first;
    if (first_due_is_covered(node.cover)) return true;
  }
  if (node.at == phase::hidden) {
    node.at = phase::required;
    node.cursor = invoked_.end();
  }
  if (node.at == phase::required) {
    while (advance(invoked_)) {
      node.candidate = node.cursor;
      if (node.cursor == first || !may_branch(node, node.cursor)) continue;
      if (!is_foreseen(node.state, items_[node.cursor])) return true;
    }
    node.at = phase::optional;
    node.cursor = optional_.end();
  }
  if (node.at == phase::optional) {
    while (advance(optional_)) {
      node.candidate = node.cursor;
      if (may_branch(node, node.cursor)) return true;
    }
    node.at = phase::done;
  }
  return false;
}

/// Does the action grow the state towards what the next observer saw?
bool search::is_foreseen(state_id state, const item& a) const {
  if (!any_grows_ || presumptions_[a.symbol_index].known != effect::grows) return false;
  const local next = watching_.front();
  return next != watching_.end() && model_->may_become_enabled(state, a.symbol, items_[next].symbol);
}

/// Would an overwriting action cover what is not covered yet?
bool search::may_cover_more(const frame& node) const {
  const std::uint32_t last = bound();
  for (local i = invoked_.front(); i != invoked_.end() && items_[i].invoked <= last; i = invoked_.behind(i)) {
    if (items_[i].invoked >= node.cover && coverable(items_[i])) return true;
  }
  return false;
}

bool search::may_branch(const frame& node, local i) const {
  const item& a = items_[i];
  if (!ready(a)) return false;
  if (relaxed_ && uses_ >= relaxed_->uses_max && dispensable(a) && a.overwrites) return false;
  const bool overwritten = node.cut_from <= a.invoked && a.invoked < node.cover;
  if (overwritten && a.overwrites && a.after == never) return false;
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
    std::sort(met_.begin(), met_.end());
    met_.erase(std::unique(met_.begin(), met_.end()), met_.end());
    for (presumption& p : presumptions_) {
      for (const state_id state : met_) {
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
