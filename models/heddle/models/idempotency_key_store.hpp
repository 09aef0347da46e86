// Sequential specification of idempotency keys: per (user, endpoint, key) one effect, and one response for
// all who ask.
//
//     absent ──claim──▶ in progress ──complete──▶ done ──at any time from its expiry on──▶ absent
//
// A call is two atomic actions, `claim` then `complete`, both given what the call returned: between them the
// request is in progress, and a duplicate may be refused with 409. The effect itself may take place at any
// moment from the claim on, once; `effects` is the observation of the downstream ledger that tells how often
// it did, which is what makes "exactly once" checkable. A call that crashed may have got anywhere; a call
// whose effect threw has claimed the key and left it in progress.
//
// Time: before `expires_at` done must answer, from then on it may or may not be forgotten. A lease that is
// over is certain: from then on a duplicate takes the key over, under the same downstream key, and 409 is
// wrong. Both run from the claim.
//
// Assumes, as the targets do, that the downstream deduplicates by the downstream key.
//
// Source: Stripe idempotent requests; IETF httpapi Idempotency-Key draft (400, 409, 422).
//
// Partition by scope: keys are independent.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <heddle/linearizability/model.hpp>

namespace heddle::models {

struct idempotency_key_store {
  using states = std::vector<idempotency_key_store>;

  struct scope {
    std::string user{};
    std::string endpoint{};
    std::string key{};  ///< empty: the request had none
    auto operator<=>(const scope&) const = default;
  };

  struct reply {
    enum class kind : std::uint8_t {
      completed,     ///< this call's effect took place; stored
      replayed,      ///< the stored response of another call
      not_executed,  ///< no effect took place; stored only if `store_all`
      missing_key,   ///< 400
      in_progress,   ///< 409
      mismatch,      ///< 422
      unknown,       ///< the effect may or may not take place
    };
    kind what = kind::unknown;
    std::string body{};  ///< of completed, replayed and not_executed
    bool operator==(const reply&) const = default;
  };

  struct entry {
    bool done = false;
    std::string body_hash{};
    std::uint32_t owner = 0;  ///< process of the last claim
    std::chrono::nanoseconds lease_until{};
    std::chrono::nanoseconds expires_at{};
    bool resumed = false;               ///< taken over from an owner of unknown fate
    bool effected = false;              ///< the effect of this use of the key has taken place
    std::optional<std::string> body{};  ///< of the stored response; none as long as nobody has seen it
    bool operator==(const entry&) const = default;
  };

  // What the store was told at construction.
  bool store_all = true;
  std::chrono::nanoseconds lease = std::chrono::seconds(30);
  std::chrono::nanoseconds retention = std::chrono::hours(24);

  std::chrono::nanoseconds now{};
  std::map<scope, entry> entries{};
  std::map<scope, std::uint32_t> ledger{};  ///< effects that took place, over all uses of a key

  bool operator==(const idempotency_key_store&) const = default;

  void advance(std::chrono::nanoseconds d) { now += d; }

  /// A request arrives: it is answered at once, or becomes the owner of its key.
  states claim(caller who, const scope& of, const std::string& body_hash, const observed<reply>& got) const {
    if (of.key.empty())
      return only_if(!got.known() || (got.returned() && got.value().what == reply::kind::missing_key));
    if (got.threw()) return claimed(who, of, body_hash);
    if (!got.known()) return with_unchanged(claimed(who, of, body_hash));
    const entry* e = find(of);
    const bool matches = e != nullptr && e->body_hash == body_hash;
    switch (got.value().what) {
      case reply::kind::missing_key:
        return {};
      case reply::kind::mismatch:
        return only_if(e != nullptr && !matches);
      case reply::kind::in_progress:
        return only_if(matches && !e->done && now < e->lease_until);
      case reply::kind::replayed:
        return matches && e->done ? answering(of, got.value().body) : states{};
      case reply::kind::completed:
      case reply::kind::not_executed:
      case reply::kind::unknown:
        break;
    }
    return claimed(who, of, body_hash);
  }

  /// The same request ends, at or after its claim.
  states complete(caller who, const scope& of, const std::string& /*body_hash*/,
                  const observed<reply>& got) const {
    const bool mine = owns(who, of);
    if (got.threw()) return only_if(true);
    if (!got.known()) return mine ? with_unchanged(any_end(of)) : only_if(true);
    switch (got.value().what) {
      case reply::kind::completed:
        if (mine) return {settled(of, true, got.value().body)};
        return find(of) != nullptr && find(of)->done ? answering(of, got.value().body) : states{};
      case reply::kind::not_executed:
        if (!mine || find(of)->resumed || find(of)->effected) return {};
        return {store_all ? settled(of, false, got.value().body) : forgotten(of)};
      default:
        return only_if(true);
    }
  }

  /// Recovery looks at a key: it removes it if it has expired, or takes it over if its lease is over, or
  /// leaves it.
  states recover(caller who, const scope& of) const {
    const entry* e = find(of);
    if (e == nullptr) return only_if(true);
    if (e->done) return now >= e->expires_at ? with_unchanged({forgotten(of)}) : only_if(true);
    return with_unchanged(claimed(who, of, e->body_hash));
  }

  /// Recovery is through with a key: what it had taken over is done, or stays in progress if the outcome is
  /// still unknown.
  states recovered(caller who, const scope& of) const {
    return owns(who, of) ? with_unchanged({settled(of, true, std::nullopt)}) : only_if(true);
  }

  /// How many effects the downstream has seen for a key.
  states effects(const scope& of, const observed<std::uint32_t>& count) const {
    const auto found = ledger.find(of);
    const std::uint32_t certain = found == ledger.end() ? 0 : found->second;
    if (count.may_be(certain)) return only_if(true);
    const entry* e = find(of);
    if (!count.returned() || count.value() != certain + 1 || e == nullptr || e->done || e->effected)
      return {};
    states next{*this};
    next[0].entries[of].effected = true;
    next[0].ledger[of] = certain + 1;
    return next;
  }

 private:
  const entry* find(const scope& of) const {
    const auto found = entries.find(of);
    return found == entries.end() ? nullptr : &found->second;
  }

  bool owns(caller who, const scope& of) const {
    const entry* e = find(of);
    return e != nullptr && !e->done && e->owner == who.process;
  }

  states only_if(bool permitted) const { return permitted ? states{*this} : states{}; }

  states with_unchanged(states others) const {
    others.push_back(*this);
    return others;
  }

  /// The caller becomes owner: of a free key, of an expired one, or of one whose owner's lease is over.
  states claimed(caller who, const scope& of, const std::string& body_hash) const {
    const entry* old = find(of);
    const bool resumes = old != nullptr && !old->done;
    if (old != nullptr && old->done && now < old->expires_at) return {};
    if (resumes && (now < old->lease_until || old->body_hash != body_hash)) return {};
    states next{*this};
    next[0].entries[of] = {.body_hash = body_hash,
                           .owner = who.process,
                           .lease_until = now + lease,
                           .expires_at = now + retention,
                           .resumed = resumes,
                           .effected = resumes && old->effected};
    return next;
  }

  /// Done, with the effect having taken place or certainly not.
  idempotency_key_store settled(const scope& of, bool executed, std::optional<std::string> body) const {
    idempotency_key_store next = *this;
    entry& e = next.entries[of];
    if (executed && !e.effected) {
      e.effected = true;
      ++next.ledger[of];
    }
    e.done = true;
    e.body = std::move(body);
    return next;
  }

  idempotency_key_store forgotten(const scope& of) const {
    idempotency_key_store next = *this;
    next.entries.erase(of);
    return next;
  }

  /// A done entry answers with this body, the one that it has always answered with.
  states answering(const scope& of, const std::string& body) const {
    const std::optional<std::string>& known = find(of)->body;
    if (known && *known != body) return {};
    states next{*this};
    next[0].entries[of].body = body;
    return next;
  }

  /// What an owner that crashed may have left behind, besides a key in progress.
  states any_end(const scope& of) const {
    const entry& e = *find(of);
    states ends{settled(of, true, std::nullopt)};
    if (!e.resumed && !e.effected)
      ends.push_back(store_all ? settled(of, false, std::nullopt) : forgotten(of));
    return ends;
  }
};

}  // namespace heddle::models
