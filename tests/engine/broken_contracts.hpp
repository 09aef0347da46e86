// Contracts of the broken components: what each of them promises.
#pragma once

#include <memory>

#include <heddle/generators/contract_definition.hpp>

namespace broken {

using definition = std::shared_ptr<const heddle::contract_definition>;

definition hit_limiter_contract();
definition ticket_office_contract();
definition shop_door_contract();
definition two_accounts_contract();
definition price_list_contract();
definition shelf_contract();
definition printer_contract();
definition narrow_door_contract();
definition split_account_contract();
definition starting_gate_contract();
definition parking_ticket_contract();
definition moody_counter_contract();
definition two_part_record_contract();
definition two_bugs_contract();

}  // namespace broken
